// Configuration of the payments API. Secrets come from the environment, which the vault agent fills.
const required = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

export const config = {
  region: process.env.AWS_REGION ?? "eu-north-1",
  stripeApiKey: required("STRIPE_API_KEY"),
  webhookSecret: required("STRIPE_WEBHOOK_SECRET"),
  orders: { table: "orders", timeoutMs: 2500 },
};
