package message

import "strings"

// services are the names of services that call others, by the first label of their principal. Other
// services are shown by that label.
var services = map[string]string{
	"access-analyzer":          "IAM Access Analyzer",
	"apigateway":               "API Gateway",
	"athena":                   "Athena",
	"autoscaling":              "Auto Scaling",
	"backup":                   "AWS Backup",
	"batch":                    "AWS Batch",
	"cloud9":                   "Cloud9",
	"cloudformation":           "CloudFormation",
	"cloudfront":               "CloudFront",
	"cloudtrail":               "CloudTrail",
	"codebuild":                "CodeBuild",
	"codedeploy":               "CodeDeploy",
	"codepipeline":             "CodePipeline",
	"config":                   "AWS Config",
	"config-multiaccountsetup": "AWS Config",
	"controltower":             "Control Tower",
	"delivery":                 "CloudWatch Logs",
	"ec2":                      "EC2",
	"ec2fleet":                 "EC2 Fleet",
	"ecs":                      "ECS",
	"ecs-tasks":                "ECS",
	"eks":                      "EKS",
	"elasticache":              "ElastiCache",
	"elasticbeanstalk":         "Elastic Beanstalk",
	"elasticloadbalancing":     "Elastic Load Balancing",
	"elasticmapreduce":         "EMR",
	"events":                   "EventBridge",
	"firehose":                 "Firehose",
	"fms":                      "Firewall Manager",
	"glue":                     "Glue",
	"guardduty":                "GuardDuty",
	"iam":                      "IAM",
	"inspector2":               "Inspector",
	"kms":                      "KMS",
	"lambda":                   "Lambda",
	"logs":                     "CloudWatch Logs",
	"malware-protection":       "GuardDuty",
	"member.org.stacksets":     "CloudFormation StackSets",
	"organizations":            "Organizations",
	"ram":                      "Resource Access Manager",
	"rds":                      "RDS",
	"redshift":                 "Redshift",
	"s3":                       "S3",
	"sagemaker":                "SageMaker",
	"scheduler":                "EventBridge Scheduler",
	"secretsmanager":           "Secrets Manager",
	"securityhub":              "Security Hub",
	"servicecatalog":           "Service Catalog",
	"signin":                   "AWS Sign-In",
	"sns":                      "SNS",
	"spotfleet":                "EC2 Spot Fleet",
	"sqs":                      "SQS",
	"ssm":                      "Systems Manager",
	"ssm-quicksetup":           "Systems Manager",
	"sso":                      "Identity Center",
	"stacksets":                "CloudFormation StackSets",
	"states":                   "Step Functions",
	"sts":                      "STS",
	"support":                  "AWS Support",
	"transfer":                 "Transfer Family",
	"trustedadvisor":           "Trusted Advisor",
	"wafv2":                    "WAF",
}

// service gives the name of a service principal such as cloudformation.amazonaws.com, and whether
// it is one.
func service(principal string) (string, bool) {
	label, ok := strings.CutSuffix(principal, ".amazonaws.com")
	if !ok {
		if label, ok = strings.CutSuffix(principal, ".amazonaws.com.cn"); !ok {
			return "", false
		}
	}
	if name, ok := services[label]; ok {
		return name, true
	}
	// Some principals name their Region too: states.eu-west-1.amazonaws.com.
	first, _, _ := strings.Cut(label, ".")
	if name, ok := services[first]; ok {
		return name, true
	}
	return label, first != ""
}
