package logfiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
)

// Scheme is the prefix of places in S3.
const Scheme = "s3://"

// Bucket is an S3 bucket that the caller can access.
type Bucket struct {
	client *s3.Client
	name   string
}

// OpenBucket opens the bucket of a place, s3://bucket or s3://bucket/prefix, and checks the access
// to it. It finds AWS credentials as the AWS CLI does, and asks S3 for the Region of the bucket.
func OpenBucket(ctx context.Context, place string) (bucket *Bucket, prefix string, err error) {
	name, prefix, _ := strings.Cut(strings.TrimPrefix(place, Scheme), "/")
	if name == "" {
		return nil, "", fmt.Errorf("found %q, allowed: s3://bucket/prefix", place)
	}
	config, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithLogger(logging.Nop{})) // the error says the same
	if err != nil {
		return nil, "", fmt.Errorf("%s: AWS configuration: %w", place, err)
	}
	if config.Region == "" {
		config.Region = "us-east-1" // any Region knows the Region of a bucket
	}
	if _, err := config.Credentials.Retrieve(ctx); err != nil {
		return nil, "", fmt.Errorf("%s: found no AWS credentials, allowed: what the AWS CLI takes, for example AWS_PROFILE or AWS_ACCESS_KEY_ID: %w", place, err)
	}
	b := &Bucket{client: newClient(config), name: name}
	_, err = b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
	if region := bucketRegion(err); region != "" && region != config.Region {
		config.Region = region
		b.client = newClient(config)
		_, err = b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
	}
	if err != nil {
		return nil, "", b.wrapError("", err)
	}
	return b, prefix, nil
}

// newClient does not log that an object has no checksum. CloudTrail's objects have none, and gzip
// has its own.
func newClient(config aws.Config) *s3.Client {
	return s3.NewFromConfig(config, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true })
}

// bucketRegion gives the Region that S3 names in an error, "" if none:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
func bucketRegion(err error) string {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok && response.Response != nil {
		return response.Response.Header.Get("X-Amz-Bucket-Region")
	}
	return ""
}

// wrapError explains an error of S3. It goes by the status, because responses to HEAD requests have
// no error code. Without a key, the error is about the bucket.
func (b *Bucket) wrapError(key string, err error) error {
	place := Scheme + b.name
	if key != "" {
		place += "/" + key
	}
	status := 0
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		status = response.HTTPStatusCode()
	}
	what := err
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorMessage() != "" {
		what = fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	} else if ok {
		what = errors.New(api.ErrorCode())
	}
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case status == http.StatusNotFound && key == "":
		return fmt.Errorf("%s: there is no such bucket", place)
	case status == http.StatusForbidden && key == "":
		return fmt.Errorf("%s: access denied; s3:ListBucket on arn:aws:s3:::%s is needed, and credentials that have not expired (%w)", place, b.name, what)
	case status == http.StatusForbidden:
		return fmt.Errorf("%s: access denied; s3:GetObject is needed, and kms:Decrypt where log files are encrypted with a key of KMS (%w)", place, what)
	}
	return fmt.Errorf("%s: cannot be read: %w", place, what)
}

// S3 finds the log files whose keys begin with a prefix. With From or To, it lists folder by folder
// and skips those of other days, so that it does not list a year of an organization's logs for the
// last week.
func (s *Search) S3(ctx context.Context, bucket *Bucket, prefix string) iter.Seq2[*File, error] {
	return func(yield func(*File, error) bool) {
		found, before := 0, s.Digests+s.Dated
		count := func(file *File, err error) bool {
			found++
			return yield(file, err)
		}
		if s.list(ctx, bucket, prefix, count) && found == 0 && s.Digests+s.Dated == before {
			yield(nil, noFilesError(Scheme+bucket.name+"/"+prefix))
		}
	}
}

// list yields the files of a prefix. It reports whether to proceed.
func (s *Search) list(ctx context.Context, bucket *Bucket, prefix string, yield func(*File, error) bool) bool {
	input := &s3.ListObjectsV2Input{Bucket: &bucket.name, Prefix: &prefix}
	if (!s.From.IsZero() || !s.To.IsZero()) && !isDayFolder(prefix) {
		input.Delimiter = aws.String("/")
	}
	for pages := s3.NewListObjectsV2Paginator(bucket.client, input); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return yield(nil, bucket.wrapError("", err))
		}
		for _, object := range page.Contents {
			if s.selects(aws.ToString(object.Key)) && !yield(bucket.file(aws.ToString(object.Key), aws.ToInt64(object.Size)),
				nil) {
				return false
			}
		}
		for _, common := range page.CommonPrefixes {
			switch folder := aws.ToString(common.Prefix); {
			case isDigest(folder):
				s.Digests++
			case s.outsideDates(folder):
				s.Dated++
			case !s.list(ctx, bucket, folder, yield):
				return false
			}
		}
	}
	return true
}

func (b *Bucket) file(key string, size int64) *File {
	return &File{Name: Scheme + b.name + "/" + key, Size: size, Open: func(ctx context.Context) (io.ReadCloser, error) {
		object, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
		if err != nil {
			return nil, b.wrapError(key, err)
		}
		return object.Body, nil
	}}
}
