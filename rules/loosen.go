package rules

import "strings"

// chatty are calls of which far more are made than any rule wants. A rule's conditions on them are kept in forwarding patterns;
// elsewhere, forwarding a few events that no rule wants costs less than the characters of the conditions.
var chatty = map[string]bool{}

func init() {
	for call := range strings.FieldsSeq(`
		dynamodb:PutItem dynamodb:UpdateItem ec2:CreateNetworkInterface ec2:CreateTags ec2:DeleteNetworkInterface ec2:RunInstances
		ec2:TerminateInstances ecr:GetAuthorizationToken ecs:RunTask glue:StartJobRun kms:CreateGrant kms:Decrypt kms:Encrypt
		kms:GenerateDataKey kms:RetireGrant lambda:Invoke logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents s3:DeleteObject s3:GetObject
		s3:PutObject secretsmanager:GetSecretValue ssm:GetParameter ssm:GetParameters ssm:GetParametersByPath ssm:PutInventory
		ssm:UpdateInstanceInformation sts:AssumeRole sts:AssumeRoleWithSAML sts:AssumeRoleWithWebIdentity sts:GetCallerIdentity`) {
		chatty[call] = true
	}
}

// loosened is the branch without its conditions, where it asks for plain names of calls that are rarely made: what it wants and a
// little more, in far fewer characters.
func (b branch) loosened() branch {
	if b.names != nil || b.sources == nil || groupByPrefix([]branch{b}, 1) == nil {
		return b
	}
	names := b.detail["eventName"].([]any)
	for _, source := range b.sources {
		service := strings.TrimSuffix(source, ".amazonaws.com")
		for _, name := range names {
			if text, ok := name.(string); ok && chatty[service+":"+text] {
				return b
			}
		}
	}
	b.names, b.detail = names, map[string]any{"eventName": names}
	return b
}
