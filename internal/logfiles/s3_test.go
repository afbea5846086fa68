package logfiles

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// s3Server is a fake S3 with pages of two keys: HeadBucket, ListObjectsV2 and GetObject.
type s3Server struct {
	mu      sync.Mutex
	region  string
	objects map[string]string // by key
	denied  map[string]bool   // keys, and "" for the bucket
	lists   []string          // the prefixes that were listed
}

func (s *s3Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	refuse := func(status int, code string) {
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			fmt.Fprintf(w, `<Error><Code>%s</Code><Message>said by the server</Message></Error>`, code)
		}
	}
	switch {
	case bucket != "logs":
		refuse(http.StatusNotFound, "NoSuchBucket")
	case !strings.Contains(r.Header.Get("Authorization"), "/"+s.region+"/s3/"):
		w.Header().Set("X-Amz-Bucket-Region", s.region)
		refuse(http.StatusMovedPermanently, "PermanentRedirect")
	case s.denied[key]:
		refuse(http.StatusForbidden, "AccessDenied")
	case r.Method == http.MethodHead:
	case key == "":
		s.list(w, r.URL.Query().Get("prefix"), r.URL.Query().Get("delimiter"), r.URL.Query().Get("continuation-token"))
	default:
		content, ok := s.objects[key]
		if !ok {
			refuse(http.StatusNotFound, "NoSuchKey")
			return
		}
		io.WriteString(w, content)
	}
}

func (s *s3Server) list(w http.ResponseWriter, prefix, delimiter, after string) {
	type object struct {
		Key  string
		Size int
	}
	type common struct{ Prefix string }
	var result struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		IsTruncated           bool
		NextContinuationToken string   `xml:",omitempty"`
		Contents              []object `xml:"Contents"`
		CommonPrefixes        []common
	}
	if after == "" {
		s.lists = append(s.lists, prefix)
	}
	var keys []string
	folders := map[string]bool{}
	for key := range s.objects {
		if strings.HasPrefix(key, prefix) {
			if cut := strings.Index(key[len(prefix):], delimiter); delimiter != "" && cut >= 0 {
				key = key[:len(prefix)+cut+1]
				folders[key] = true
			}
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		switch {
		case key <= after:
			continue
		case len(result.Contents)+len(result.CommonPrefixes) == 2:
			result.IsTruncated = true
		case folders[key]:
			result.CommonPrefixes = append(result.CommonPrefixes, common{key})
			result.NextContinuationToken = key
		default:
			result.Contents = append(result.Contents, object{key, len(s.objects[key])})
			result.NextContinuationToken = key
		}
	}
	if !result.IsTruncated {
		result.NextContinuationToken = ""
	}
	_ = xml.NewEncoder(w).Encode(result)
}

// serve starts the server and points the SDK at it.
func serve(t *testing.T, s *s3Server) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "",
		"AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(name, value)
	}
}

const trail = "AWSLogs/222222222222/CloudTrail/eu-west-1/2026/"

func logs() *s3Server {
	return &s3Server{region: "eu-central-1", denied: map[string]bool{}, objects: map[string]string{
		trail + "10/31/a.json.gz": "a", trail + "11/19/b.json.gz": "b", trail + "11/20/c.json.gz": "cc", trail + "11/20/d.json.gz": "d", trail + "11/20/e.json.gz": "e",
		trail + "11/21/f.json.gz": "f", trail + "11/22/g.json.gz": "g", trail + "12/01/h.json.gz": "h",
		"AWSLogs/222222222222/CloudTrail-Digest/eu-west-1/2026/11/20/i.json.gz": "i", "AWSLogs/222222222222/CloudTrail/": "", "other/x.json": "x", "other/readme.txt": "r",
	}}
}

// found gives the names and sizes of the files at a place, and the errors.
func found(t *testing.T, search *Search, place string) (all []string) {
	t.Helper()
	bucket, prefix, err := OpenBucket(t.Context(), place)
	if err != nil {
		return []string{err.Error()}
	}
	for file, err := range search.S3(t.Context(), bucket, prefix) {
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		opened, err := file.Open(t.Context())
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		content, err := io.ReadAll(opened)
		if err != nil || int64(len(content)) != file.Size {
			t.Errorf("%s: %q of %d bytes, %v", file.Name, content, file.Size, err)
		}
		opened.Close()
		all = append(all, strings.TrimPrefix(file.Name, "s3://logs/"))
	}
	return all
}

func TestS3(t *testing.T) {
	server := logs()
	serve(t, server)
	search := &Search{}
	all := []string{trail + "10/31/a.json.gz", trail + "11/19/b.json.gz", trail + "11/20/c.json.gz", trail + "11/20/d.json.gz", trail + "11/20/e.json.gz",
		trail + "11/21/f.json.gz", trail + "11/22/g.json.gz", trail + "12/01/h.json.gz"}
	if got := found(t, search, "s3://logs/AWSLogs/"); !slices.Equal(got, all) || search.Digests != 1 || search.Dated != 0 {
		t.Errorf("got %q, %+v; want %q", got, search, all)
	}
	if !slices.Equal(server.lists, []string{"AWSLogs/"}) {
		t.Errorf("listed %q, want the prefix alone", server.lists)
	}
	search = &Search{}
	if got := found(t, search, "s3://logs"); !slices.Equal(got, append(slices.Clone(all), "other/x.json")) {
		t.Errorf("the whole bucket: got %q", got)
	}
}

// Folders of other days are not listed.
func TestS3Dates(t *testing.T) {
	server := logs()
	serve(t, server)
	search := &Search{From: day(20), To: day(20)}
	want := []string{trail + "11/20/c.json.gz", trail + "11/20/d.json.gz", trail + "11/20/e.json.gz", trail + "11/21/f.json.gz"}
	if got := found(t, search, "s3://logs/AWSLogs/"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if search.Digests != 1 || search.Dated != 4 { // two months, two days
		t.Errorf("%+v", search)
	}
	lists := []string{"AWSLogs/", "AWSLogs/222222222222/", "AWSLogs/222222222222/CloudTrail/", "AWSLogs/222222222222/CloudTrail/eu-west-1/",
		trail, trail + "11/", trail + "11/20/", trail + "11/21/"}
	if !slices.Equal(server.lists, lists) {
		t.Errorf("listed %q, want %q", server.lists, lists)
	}
	server.lists = nil
	if got := found(t, search, "s3://logs/"+trail+"11/20/"); !slices.Equal(got, want[:3]) || len(server.lists) != 1 {
		t.Errorf("one day's folder: got %q, listed %q", got, server.lists)
	}
}

func TestS3Errors(t *testing.T) {
	server := logs()
	serve(t, server)
	check := func(place string, want ...string) {
		t.Helper()
		got := found(t, &Search{}, place)
		if len(got) != len(want) {
			t.Errorf("%s: got %q, want %q", place, got, want)
			return
		}
		for i := range got {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("%s: got %q, want %q", place, got[i], want[i])
			}
		}
	}
	check("s3://", `found "s3://", allowed: s3://bucket/prefix`)
	check("s3://missing/x", "s3://missing: there is no such bucket")
	check("s3://logs/nothing/", "s3://logs/nothing/: found no log file, allowed: files that end with .json,")
	server.denied[trail+"11/20/d.json.gz"] = true
	check("s3://logs/"+trail+"11/20/", trail+"11/20/c.json.gz",
		"s3://logs/"+trail+"11/20/d.json.gz: access denied; s3:GetObject is needed, and kms:Decrypt where log files are encrypted with a key of KMS (AccessDenied: said by the server)",
		trail+"11/20/e.json.gz")
	server.denied[""] = true
	check("s3://logs/x", "s3://logs: access denied; s3:ListBucket on arn:aws:s3:::logs is needed")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	check("s3://logs/x", "s3://logs/x: found no AWS credentials, allowed: what the AWS CLI takes, for example AWS_PROFILE or AWS_ACCESS_KEY_ID: ")
}
