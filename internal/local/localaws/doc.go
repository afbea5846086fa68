// Package localaws runs a local AWS for the demo and the end-to-end tests: moto's server
// (https://docs.getmoto.org, version 5.2.1, a Python program) with patches for what it does wrong.
//
// It knows any number of accounts and Regions, CloudFormation (so `cdk bootstrap`, `cdk deploy` and
// `cdk destroy` work against it), EventBridge with its one hop between buses, bus policies, roles,
// rule states and dead-letter queues, SQS with redrive, DynamoDB, Secrets Manager, IAM and what the
// CDK needs. It runs no Lambda function: package lambdaruntime does. It is no judge of event
// patterns: package eventpattern is.
//
// The patches are the Python files in the folder emulator, each about one thing, with the reason
// for each patch.
package localaws
