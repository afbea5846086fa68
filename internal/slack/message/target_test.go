package message

import "testing"

func TestTarget(t *testing.T) {
	tests := map[string]struct{ record, want string }{
		"named in the operation": {`{"eventName":"CreateUser","requestParameters":{"path":"/x/","userName":"bob"}}`, "bob"},
		"thing before detail":    {`{"eventName":"AttachUserPolicy","requestParameters":{"policyArn":"arn:aws:iam::aws:policy/AdministratorAccess","userName":"bob"}}`, "bob"},
		"detail alone":           {`{"eventName":"CreatePolicy","requestParameters":{"policyName":"everything"}}`, "everything"},
		"usual thing":            {`{"eventName":"CreateAccessKey","requestParameters":{"userName":"bob"}}`, "bob"},
		"plain name":             {`{"eventName":"StopLogging","requestParameters":{"name":"arn:aws:cloudtrail:eu-west-1:111111111111:trail/main"}}`, "trail main"},
		"trail by name":          {`{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com","requestParameters":{"name":"organization"}}`, "trail organization"},
		"trail that is made":     {`{"eventName":"CreateTrail","eventSource":"cloudtrail.amazonaws.com","requestParameters":{"name":"main","s3BucketName":"logs"}}`, "trail main"},
		"recorder":               {`{"eventName":"PutConfigurationRecorder","requestParameters":{"configurationRecorder":{"name":"default","roleARN":"arn:aws:iam::111111111111:role/x"}}}`, "default"},
		"nobody among users":     {`{"eventName":"ListUsers","errorCode":"AccessDenied","errorMessage":"User: x is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::111111111111:user/ because"}`, ""},
		"hidden":                 {`{"eventName":"CreateAccount","eventSource":"organizations.amazonaws.com","requestParameters":{"accountName":"HIDDEN_DUE_TO_SECURITY_REASONS","email":"****","roleName":"OrganizationAccountAccessRole"},"responseElements":{"createAccountStatus":{"accountName":"****","id":"car-1"}}}`, ""},
		"hidden, with an id":     {`{"eventName":"CreateAccount","eventSource":"organizations.amazonaws.com","requestParameters":{"accountName":"****"},"responseElements":{"createAccountStatus":{"accountName":"****","accountId":"333333333333"}}}`, "account 333333333333"},
		"group, not rule":        {`{"eventName":"ModifySecurityGroupRules","requestParameters":{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-1","SecurityGroupRule":{"SecurityGroupRuleId":"sgr-1"}}}}`, "sg-1"},
		"route":                  {`{"eventName":"CreateRoute","requestParameters":{"gatewayId":"igw-1","routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0"}}`, "rtb-1"},
		"route replaced":         {`{"eventName":"ReplaceRoute","requestParameters":{"instanceId":"i-1","routeTableId":"rtb-1"}}`, "rtb-1"},
		"route of an API":        {`{"eventName":"CreateRoute","requestParameters":{"apiId":"a","routeKey":"POST /x"}}`, ""},
		"association":            {`{"eventName":"DisassociateRouteTable","requestParameters":{"associationId":"rtbassoc-1"}}`, "rtbassoc-1"},
		"invited":                {`{"eventName":"InviteAccountToOrganization","eventSource":"organizations.amazonaws.com","requestParameters":{"target":{"type":"ACCOUNT","id":"333333333333"}}}`, "account 333333333333"},
		"id":                     {`{"eventName":"AuthorizeSecurityGroupIngress","requestParameters":{"groupId":"sg-1","cidrIp":"0.0.0.0/0"}}`, "sg-1"},
		"longest name":           {`{"eventName":"ModifyDBClusterSnapshotAttribute","requestParameters":{"attributeName":"restore","dBClusterSnapshotIdentifier":"snap"}}`, "snap"},
		"role, not session":      {`{"eventName":"AssumeRole","requestParameters":{"roleSessionName":"x","roleArn":"arn:aws:iam::111111111111:role/path/admin"}}`, "path/admin"},
		"several in items":       {`{"eventName":"TerminateInstances","requestParameters":{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"},{"instanceId":"i-3"}]}}}`, "i-1 and 2 more"},
		"several texts":          {`{"eventName":"SendCommand","requestParameters":{"instanceIds":["i-1","i-2"]}}`, "i-1 and 1 more"},
		"bucket":                 {`{"eventName":"PutBucketPolicy","eventSource":"s3.amazonaws.com","requestParameters":{"bucketName":"b","bucketPolicy":{"Id":"x"}}}`, "b"},
		"object":                 {`{"eventName":"PutObjectAcl","eventSource":"s3.amazonaws.com","requestParameters":{"bucketName":"b","key":"a/b.txt"}}`, "b/a/b.txt"},
		"queue":                  {`{"eventName":"SetQueueAttributes","requestParameters":{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/111111111111/jobs"}}`, "jobs"},
		"webhook address":        {`{"eventName":"CreateWebhook","requestParameters":{"webhookName":"x","webhookIdUrl":"https://hooks.example.com/services/T0/secret"}}`, "x"},
		"address is no subject":  {`{"eventName":"CreateHook","requestParameters":{"hookUrl":"https://hooks.example.com/services/T0/secret"}}`, ""},
		"query is no subject":    {`{"eventName":"CreateHook","requestParameters":{"hookName":"x?sig=abc"}}`, ""},
		"query in an object":     {`{"eventName":"PutObject","eventSource":"s3.amazonaws.com","requestParameters":{"bucketName":"b","key":"k?sig=abc"}}`, "b"},
		"XML":                    {`{"eventName":"DeleteFlowLogs","requestParameters":{"DeleteFlowLogsRequest":{"FlowLogId":{"content":"fl-1","tag":1}}}}`, "fl-1"},
		"from the response":      {`{"eventName":"CreateVpc","requestParameters":{"cidrBlock":"10.0.0.0/16"},"responseElements":{"vpc":{"vpcId":"vpc-1","dhcpOptionsId":"dopt-1"}}}`, "vpc-1"},
		"from the resources":     {`{"eventName":"Decrypt","resources":[{"type":"x"},{"ARN":"arn:aws:kms:eu-west-1:111111111111:key/1234"}]}`, "1234"},
		"from the denial":        {`{"eventName":"StopLogging","errorCode":"AccessDenied","errorMessage":"User: x is not authorized to perform: a:B on resource: arn:aws:cloudtrail:eu-west-1:111111111111:trail/main with an explicit deny"}`, "trail main"},
		"denial of everything":   {`{"eventName":"RunInstances","errorCode":"AccessDenied","errorMessage":"not authorized on resource: arn:aws:ec2:eu-west-1:111111111111:instance/* because"}`, ""},
		"secret is no target":    {`{"eventName":"PutToken","requestParameters":{"tokenName":"x","token":"hunter2"}}`, "x"},
		"dash is nothing":        {`{"eventName":"UpdateFunctionCode20150331v2","eventSource":"lambda.amazonaws.com","requestParameters":{"functionName":"-"}}`, ""},
		"lambda":                 {`{"eventName":"UpdateFunctionCode20150331v2","eventSource":"lambda.amazonaws.com","requestParameters":{"functionName":"arn:aws:lambda:eu-west-1:111111111111:function:f"}}`, "f"},
		"filters are none":       {`{"eventName":"DescribeInstances","requestParameters":{"filterSet":{"items":[{"name":"x"}]}}}`, ""},
		"nothing":                {`{"eventName":"ConsoleLogin"}`, ""},
		"numbers are none":       {`{"eventName":"CreateUser","requestParameters":{"userId":5}}`, ""},
		"a string":               {`{"eventName":"CreateUser","requestParameters":"hello"}`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for range 5 { // the order of a map must not matter
				if got := target(&event(t, test.record).Record); got != test.want {
					t.Fatalf("got %q, want %q", got, test.want)
				}
			}
		})
	}
}

func TestResult(t *testing.T) {
	tests := map[string]struct{ record, want string }{
		"access key":    {`{"eventName":"CreateAccessKey","responseElements":{"accessKey":{"accessKeyId":"AKIAEXAMPLE333333333","userName":"bob"}}}`, "AKIAEXAMPLE333333333"},
		"made nothing":  {`{"eventName":"UpdateUser","responseElements":{"user":{"userName":"bob"}}}`, ""},
		"failed":        {`{"eventName":"CreateUser","errorCode":"EntityAlreadyExists","responseElements":{"user":{"userName":"bob"}}}`, ""},
		"no credential": {`{"eventName":"CreateSession","responseElements":{"credentials":{"sessionId":"x"}}}`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := result(&event(t, test.record).Record); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCall(t *testing.T) {
	tests := map[string]struct{ record, want string }{
		"plain":      {`{"eventName":"CreateUser","eventSource":"iam.amazonaws.com"}`, "iam:CreateUser"},
		"lambda":     {`{"eventName":"UpdateFunctionCode20150331v2","eventSource":"lambda.amazonaws.com"}`, "lambda:UpdateFunctionCode"},
		"lambda, v1": {`{"eventName":"CreateFunction20150331","eventSource":"lambda.amazonaws.com"}`, "lambda:CreateFunction"},
		"cloudfront": {`{"eventName":"CreateDistribution2020_05_31","eventSource":"cloudfront.amazonaws.com"}`, "cloudfront:CreateDistribution"},
		"short":      {`{"eventName":"v2","eventSource":"lambda.amazonaws.com"}`, "lambda:v2"},
		"no source":  {`{"eventName":"CreateUser"}`, "CreateUser"},
		"no name":    {`{"eventSource":"iam.amazonaws.com"}`, "iam"},
		"insight":    {`{"eventID":"x","insightDetails":{"eventName":"RunInstances","eventSource":"ec2.amazonaws.com"}}`, "ec2:RunInstances"},
		"nothing":    {`{"eventID":"x"}`, "an event without a name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := call(&event(t, test.record).Record); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
