variable "region" {
  type    = string
  default = "eu-north-1"
}

variable "datadog_api_key" {
  description = "Set by TF_VAR_datadog_api_key in CI"
  type        = string
  sensitive   = true
}
