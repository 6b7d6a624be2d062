#!/bin/sh
# Maps a role to the group keks:viewers by an access entry: access-entry.sh CLUSTER REGION ROLE-ARN (the ARN with its path)
set -eu
[ $# = 3 ] || { echo "usage: $0 CLUSTER REGION ROLE-ARN" >&2; exit 2; }
aws eks create-access-entry --cluster-name "$1" --region "$2" --principal-arn "$3" --kubernetes-groups keks:viewers
