terraform {
  required_version = ">= 1.9"
  backend "s3" {
    bucket = "brightwater-terraform-state"
    key    = "prod/platform.tfstate"
    region = "eu-north-1"
  }
}

provider "aws" {
  region = var.region
}

resource "aws_iam_user" "pos_sync" {
  name = "pos-sync"
  tags = {
    team    = "logistics"
    purpose = "books what the tills sold out of stock"
  }
}

resource "aws_secretsmanager_secret" "shop_session" {
  name = "shop/session"
}

resource "aws_db_instance" "shop" {
  identifier                  = "shop"
  engine                      = "postgres"
  instance_class              = "db.t4g.medium"
  username                    = "shop"
  manage_master_user_password = true
}
