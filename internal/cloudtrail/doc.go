// Package cloudtrail has the CloudTrail record and the EventBridge event that carries it. It parses
// events, wraps a bare record as EventBridge does, and reads records from files.
//
// Records come from some 400 services: any key may be missing, null or of another type than
// documented. So no function of this package fails because of the content of a record, only on
// bytes that hold no record. The content of a record:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
package cloudtrail
