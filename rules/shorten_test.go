package rules

import (
	"slices"
	"testing"
)

func TestShorten(t *testing.T) {
	version := map[string]any{"prefix": "UpdateFunctionCode20"}
	tests := []struct {
		name  string
		names []any
		known []string
		want  string
	}{
		{"one word for many", []any{"PutBucketAcl", "PutBucketCors", "PutBucketPolicy"}, []string{"PutBucketAcl", "PutBucketCors", "PutBucketPolicy"}, `[{"prefix":"PutBucket"}]`},
		{"half of them are wanted", []any{"PutBucketAcl", "PutBucketCors"}, []string{"PutBucketAcl", "PutBucketCors", "PutBucketA", "PutBucketB"}, `[{"prefix":"PutBucket"}]`},
		{"fewer are wanted", []any{"PutBucketAcl", "PutBucketCors"}, []string{"PutBucketA", "PutBucketB", "PutBucketC"}, `["PutBucketAcl","PutBucketCors"]`},
		{"one of the others is chatty", []any{"PutObjectAcl", "PutObjectCors"}, []string{"PutObject", "PutObjectAcl", "PutObjectCors"}, `["PutObjectAcl","PutObjectCors"]`},
		{"no word in common", []any{"DeactivateAccountKey", "DeleteAccountKey"}, []string{"DeactivateAccountKey", "DeleteAccountKey"}, `["DeactivateAccountKey","DeleteAccountKey"]`},
		{"a name that begins another", []any{"DeleteBucket", "DeleteBucketPolicy", "DeleteBucketCors"}, []string{"DeleteBucket", "DeleteBucketPolicy", "DeleteBucketCors"}, `[{"prefix":"DeleteBucket"}]`},
		{"a name and its versions", []any{"UpdateFunctionCode", version}, []string{"UpdateFunctionCode"}, `[{"prefix":"UpdateFunctionCode"}]`},
		{"longer than the names", []any{"PutA", "PutB"}, []string{"PutA", "PutB"}, `["PutA","PutB"]`},
	}
	for _, test := range tests {
		s := &shortener{known: test.known, chatty: []string{"PutObject"}}
		for _, name := range test.names {
			if text, ok := name.(string); ok {
				s.names = append(s.names, text)
			} else {
				s.patterns = append(s.patterns, name)
			}
		}
		slices.Sort(s.names)
		short, _ := s.shorten(s.names, 0)
		if got := string(encode(short)); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestSimplifiedLeavesOutWhatIsWantedTwice(t *testing.T) {
	iam := "iam.amazonaws.com"
	console := map[string]any{"sessionCredentialFromConsole": []any{"true"}}
	denied := map[string]any{"errorCode": []any{map[string]any{"prefix": "AccessDenied"}}}
	tests := []struct {
		name string
		in   []branch
		want int
	}{
		{"any source covers one", []branch{{conditions: denied}, {source: iam, names: []any{"CreateUser"}, conditions: map[string]any{"errorCode": []any{"AccessDenied"}}}}, 1},
		{"a narrower any source does not", []branch{{conditions: map[string]any{"errorCode": []any{"AccessDenied"}}}, {source: iam, names: []any{"A"}, conditions: denied}}, 2},
		{"names without a condition cover those with one", []branch{{source: iam, names: []any{"A", "B"}}, {source: iam, names: []any{"B"}, conditions: console}}, 1},
		{"of another source they do not", []branch{{source: "kms.amazonaws.com", names: []any{"B"}}, {source: iam, names: []any{"B"}, conditions: console}}, 2},
		{"the same twice is once", []branch{{source: iam, names: []any{"A"}, conditions: console}, {source: iam, names: []any{"A"}, conditions: console}}, 1},
	}
	for _, test := range tests {
		if got := simplified(test.in); len(got) != test.want {
			t.Errorf("%s: %d branches, want %d: %v", test.name, len(got), test.want, got)
		}
	}
	left := simplified([]branch{{source: iam, names: []any{"A"}}, {source: iam, names: []any{"A", "B"}, conditions: console}})
	if len(left) != 2 || string(encode(left[1].names)) != `["B"]` {
		t.Errorf("the name that is wanted anyway is still there: %v", left)
	}
}
