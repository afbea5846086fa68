// Package lambdaruntime runs a compiled Lambda function for real, as Lambda does: the program is
// started, polls the Runtime API for what to do, and is killed and started anew when it crashes or
// takes too long. Poll is the event source mapping of an SQS queue.
//
// The Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. One sandbox runs
// at a time; Lambda would start more for calls that come at the same time.
package lambdaruntime
