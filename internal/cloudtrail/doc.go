// Package cloudtrail holds the CloudTrail record and the EventBridge event that carries it: parsing one event, wrapping a
// bare record as EventBridge would, and reading records from files.
//
// Records come from some 400 services, written by as many teams: any key may be missing, null or of another type than its
// documentation says. Everything here takes what it finds and never fails on the content of a record, only on bytes that
// hold none. What a record may hold:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
package cloudtrail
