package stacks

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/config"
)

func TestTheArtifactsAreEncryptedClosedAndExpireInEveryRegion(t *testing.T) {
	p := synthesize(t, example+pipelineConfig)
	want := []string{"Pipeline", "cross-region-stack-111111111111:eu-west-1", "cross-region-stack-111111111111:us-east-1"}
	var found []string
	for id, resources := range p.resources {
		if strings.Contains(id, "/") {
			continue
		}
		found = append(found, id)
		bucket := p.one(t, id, "AWS::S3::Bucket")
		text := formatValue(t, bucket)
		for _, part := range []string{
			"BlockPublicAcls true", "BlockPublicPolicy true", "IgnorePublicAcls true", "RestrictPublicBuckets true", "SSEAlgorithm aws:kms",
			"ExpirationInDays 30", "DaysAfterInitiation 1", "Status Enabled",
		} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: no %s in %s", id, part, text)
			}
		}
		if key := p.one(t, id, "AWS::KMS::Key"); key["EnableKeyRotation"] != true {
			t.Errorf("%s: the key is not rotated", id)
		}
		if got := strings.Join(grants(t, resources), "\n"); !strings.Contains(got, "AWS * may not s3:* on") || !strings.Contains(got, "if Bool aws:SecureTransport false") {
			t.Errorf("%s takes plain HTTP:\n%s", id, got)
		}
	}
	if slices.Sort(found); !slices.Equal(found, want) {
		t.Errorf("the buckets are in %q, want %q", found, want)
	}
}

func TestThePipelineReadsItsSource(t *testing.T) {
	connection := "arn:aws:codeconnections:eu-central-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef"
	tests := map[string]struct {
		text, provider string
		configuration  map[string]any
		grants, never  []string
	}{
		"a connection": {pipelineConfig, "CodeStarSourceConnection",
			map[string]any{"ConnectionArn": connection, "FullRepositoryId": "example/trailbus", "BranchName": "main"},
			[]string{"codestar-connections:UseConnection on " + connection, "codeconnections:UseConnection on " + connection}, []string{"codecommit:"}},
		"a connection of the old name": {strings.Replace(pipelineConfig, "codeconnections", "codestar-connections", 1), "CodeStarSourceConnection",
			map[string]any{"FullRepositoryId": "example/trailbus"},
			[]string{"codestar-connections:UseConnection on " + strings.Replace(connection, "codeconnections", "codestar-connections", 1)},
			[]string{"codecommit:", "codeconnections:"}},
		"CodeCommit": {"\ndeploy: pipeline\npipeline: {source: {codeCommit: trailbus, branch: release}}\n", "CodeCommit",
			map[string]any{"RepositoryName": "trailbus", "BranchName": "release", "PollForSourceChanges": false},
			[]string{"codecommit:GetBranch on arn:aws:codecommit:eu-central-1:111111111111:trailbus"}, []string{"connections:"}},
	}
	for name, test := range tests {
		p := synthesize(t, example+test.text)
		action := p.stages(t)[0].Actions[0]
		if action.ActionType.Provider != test.provider {
			t.Errorf("%s: the provider is %s", name, action.ActionType.Provider)
		}
		for key, want := range test.configuration {
			if action.Configuration[key] != want {
				t.Errorf("%s: %s is %v, want %v", name, key, action.Configuration[key], want)
			}
		}
		all := strings.Join(grants(t, p.resources["Pipeline"]), "\n")
		for _, want := range test.grants {
			if !strings.Contains(all, " may "+want) {
				t.Errorf("%s: no principal may %s", name, want)
			}
		}
		for _, never := range test.never {
			if strings.Contains(all, " may "+never) {
				t.Errorf("%s: a principal may %s", name, never)
			}
		}
	}
}

func TestThePipelineReadsTheFileThatItWasMadeFrom(t *testing.T) {
	const name = "environments/test.yaml"
	c, err := config.Parse(name, []byte(example+pipelineConfig), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`"TRAILBUS_CONFIG",\s*"Type": "PLAINTEXT",\s*"Value": "` + name + `"`)
	if !want.MatchString(synthesizeConfig(t, c).templates["Pipeline"]) {
		t.Errorf("it does not read %s", name)
	}
}
