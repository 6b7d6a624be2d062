//go:build tools

// Package tools names the programs that this module exists to build.
package tools

import _ "sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator"
