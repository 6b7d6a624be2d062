# The Lambda function on an EKS cluster. Needs out/keks-lambda.zip (./dev build).
#   terraform init && terraform apply -var cluster=prod

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.40"
    }
  }
}

variable "cluster" {
  type        = string
  description = "Name of the EKS cluster, in the provider's region and account."
}

variable "function_name" {
  type        = string
  default     = "eksClient"
  description = "Name of the function."
}

variable "role_to_assume" {
  type        = string
  default     = ""
  description = "ARN of a role that the cluster knows. Empty: the function's own role."
}

variable "endpoint" {
  type        = string
  default     = ""
  description = "URL of the API server. With ca set as well, DescribeCluster is not called."
}

variable "ca" {
  type        = string
  default     = ""
  description = "The cluster's certificate authority, base64 of PEM."
}

variable "subnet_ids" {
  type        = list(string)
  default     = []
  description = "Subnets from which the function reaches a private endpoint. Empty: no VPC."
}

variable "security_group_ids" {
  type        = list(string)
  default     = []
  description = "Security groups of the function. The cluster's group must allow port 443 from them."
}

variable "access_entry" {
  type        = bool
  default     = false
  description = "Map the role by an access entry with the group keks:viewers (authentication mode API or API_AND_CONFIG_MAP)."
}

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
data "aws_region" "here" {}

locals {
  zip         = "${path.module}/../../out/keks-lambda.zip"
  knows_where = var.endpoint != "" && var.ca != ""
  in_vpc      = length(var.subnet_ids) > 0
  mapped_role = var.role_to_assume != "" ? var.role_to_assume : aws_iam_role.function.arn
  cluster_arn = "arn:${data.aws_partition.here.partition}:eks:${data.aws_region.here.name}:${data.aws_caller_identity.here.account_id}:cluster/${var.cluster}"
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = 30
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "function" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function.arn}:*"]
  }
  dynamic "statement" {
    for_each = local.knows_where ? [] : [local.cluster_arn]
    content {
      actions   = ["eks:DescribeCluster"]
      resources = [statement.value]
    }
  }
  dynamic "statement" {
    for_each = var.role_to_assume == "" ? [] : [var.role_to_assume]
    content {
      actions   = ["sts:AssumeRole"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = "keks-${var.function_name}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "function" {
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}

resource "aws_iam_role_policy_attachment" "vpc" {
  count      = local.in_vpc ? 1 : 0
  role       = aws_iam_role.function.name
  policy_arn = "arn:${data.aws_partition.here.partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
}

resource "aws_lambda_function" "function" {
  function_name    = var.function_name
  role             = aws_iam_role.function.arn
  filename         = local.zip
  source_code_hash = filebase64sha256(local.zip)
  runtime          = "provided.al2023"
  architectures    = ["x86_64"]
  handler          = "pods"
  memory_size      = 256
  timeout          = 30

  environment {
    variables = {
      cluster       = var.cluster
      region        = data.aws_region.here.name
      arn           = var.role_to_assume
      KEKS_ENDPOINT = var.endpoint
      KEKS_CA       = var.ca
    }
  }

  dynamic "vpc_config" {
    for_each = local.in_vpc ? [1] : []
    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = var.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = (var.endpoint == "") == (var.ca == "")
      error_message = "Set endpoint and ca both, or neither."
    }
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function, aws_iam_role_policy_attachment.vpc]
}

resource "aws_eks_access_entry" "function" {
  count             = var.access_entry ? 1 : 0
  cluster_name      = var.cluster
  principal_arn     = local.mapped_role
  kubernetes_groups = ["keks:viewers"]
}

output "function_name" {
  value = aws_lambda_function.function.function_name
}

output "mapped_role" {
  description = "The role to map in the cluster, by an access entry or aws-auth."
  value       = local.mapped_role
}
