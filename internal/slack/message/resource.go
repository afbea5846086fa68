package message

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// consolePages are the console's pages of one resource, by the service and the request parameter
// that names the resource. {r} is the Region, {v} the name. The pages of EC2 and VPC depend on the
// prefix of the id, below.
var consolePages = map[string]map[string]string{
	"iam": {
		"userName":  "iam/home?region={r}#/users/details/{v}",
		"roleName":  "iam/home?region={r}#/roles/details/{v}",
		"groupName": "iam/home?region={r}#/groups/details/{v}",
	},
	"s3":             {"bucketName": "s3/buckets/{v}?region={r}"},
	"lambda":         {"functionName": "lambda/home?region={r}#/functions/{v}"},
	"kms":            {"keyId": "kms/home?region={r}#/kms/keys/{v}"},
	"secretsmanager": {"secretId": "secretsmanager/secret?name={v}&region={r}"},
	"dynamodb":       {"tableName": "dynamodbv2/home?region={r}#table?name={v}"},
	"rds":            {"dBInstanceIdentifier": "rds/home?region={r}#database:id={v};is-cluster=false"},
	"sns":            {"topicArn": "sns/v3/home?region={r}#/topic/{v}"},
	"cloudformation": {"stackName": "cloudformation/home?region={r}#/stacks?filteringText={v}"},
	"ec2": {
		"instanceId": ec2Page, "groupId": ec2Page, "snapshotId": ec2Page, "imageId": ec2Page, "volumeId": ec2Page,
		"vpcId":    ec2Page,
		"subnetId": ec2Page, "routeTableId": ec2Page, "networkAclId": ec2Page, "internetGatewayId": ec2Page,
	},
	"ssm": {"target": ec2Page, "instanceId": ec2Page},
}

// ec2Page says that the page is one of ec2Pages.
const ec2Page = "ec2"

var ec2Pages = map[string]string{
	"i":      "ec2/home?region={r}#InstanceDetails:instanceId={v}",
	"sg":     "ec2/home?region={r}#SecurityGroup:groupId={v}",
	"snap":   "ec2/home?region={r}#SnapshotDetails:snapshotId={v}",
	"ami":    "ec2/home?region={r}#ImageDetails:imageId={v}",
	"vol":    "ec2/home?region={r}#VolumeDetails:volumeId={v}",
	"vpc":    "vpcconsole/home?region={r}#VpcDetails:VpcId={v}",
	"subnet": "vpcconsole/home?region={r}#SubnetDetails:subnetId={v}",
	"rtb":    "vpcconsole/home?region={r}#RouteTableDetails:RouteTableId={v}",
	"acl":    "vpcconsole/home?region={r}#NetworkAclDetails:networkAclId={v}",
	"igw":    "vpcconsole/home?region={r}#InternetGateway:internetGatewayId={v}",
}

// resourceName is the form of names that are put into an address, encoded, and that cannot lead to
// another page.
var resourceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+=,.@_/:-]{0,127}$`)

// resourcePage gives the console's page of the target of a call, "" if none is known. A deleted
// resource has none.
func resourcePage(e *cloudtrail.Event) (name, address string) {
	r := &e.Record
	region := cmp.Or(e.Region, r.Region)
	domain := consoleDomain(region)
	parameters, _ := r.RequestParameters.(map[string]any)
	if domain == "" || parameters == nil || strings.HasPrefix(r.EventName, "Delete") && !r.Failed() {
		return "", ""
	}
	for _, key := range sortedKeys(parameters) {
		page := consolePages[r.Service()][key]
		value, _ := parameters[key].(string)
		if page == "" || !resourceName.MatchString(value) || strings.Contains(value, "..") || redactText(value) != value {
			continue
		}
		if parts := strings.Split(value, ":"); parts[0] == "arn" && (len(parts) < 6 || parts[4] != "" &&
			parts[4] != e.Account) {
			continue // the console does not show resources of another account
		}
		if page == ec2Page {
			kind, _, _ := strings.Cut(value, "-")
			if page = ec2Pages[kind]; page == "" || !isName(value, nameLimit) {
				continue
			}
		}
		name = shortARN(value)
		if strings.Contains(page, "/{v}") && strings.Contains(value, "/") || r.Service() == "lambda" {
			value = name // the page needs a name, not an ARN
		}
		address = strings.NewReplacer("{r}", region, "{v}", url.QueryEscape(value)).Replace(page)
		return Line(name, nameLimit), "https://" + region + "." + domain + "/" + address
	}
	return "", ""
}
