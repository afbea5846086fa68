// Package archtest holds the rules of the architecture that a compiler does not: which package may
// import which.
package archtest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/trailbus/trailbus"

// deps gives the packages that each package of a pattern needs, itself included.
func deps(t *testing.T, pattern string) map[string][]string {
	t.Helper()
	command := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, pattern)
	command.Dir = "../.."
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v", command.Args, err)
	}
	found := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		found[fields[0]] = fields
	}
	if len(found) == 0 {
		t.Fatalf("%s is no package", pattern)
	}
	return found
}

// cdk is what costs a process of Node.js to link, and 100 MB to compile.
func cdk(path string) bool {
	return strings.Contains(path, "aws-cdk-go") || strings.Contains(path, "jsii-runtime-go") || strings.Contains(path, "constructs-go")
}

// What decides, what runs in the Lambda and what people run on a laptop does without the CDK.
func TestOnlyTheAppAndItsConstructsLinkTheCDK(t *testing.T) {
	if len(deps(t, "./stacks")) != 1 {
		t.Fatal("stacks is not one package")
	}
	linked := false
	for _, path := range deps(t, "./stacks")[module+"/stacks"] {
		linked = linked || cdk(path)
	}
	if !linked {
		t.Error("stacks is said not to link the CDK, so this test sees nothing")
	}
	for _, pattern := range []string{"./eventpattern", "./rules/...", "./routes", "./internal/...", "./functions/...", "./cmd/..."} {
		for name, needed := range deps(t, pattern) {
			if name == module+"/internal/local/cdktest" { // for the tests of constructs and stacks; a test below holds that
				continue
			}
			for _, path := range needed {
				if cdk(path) || path == module+"/constructs" || path == module+"/stacks" {
					t.Errorf("%s needs %s", name, path)
				}
			}
		}
	}
}

// What tests share gets into no program: it links package testing, and cdk-nag's and jsii's
// packages of JavaScript.
func TestOnlyTestsLinkWhatTestsShare(t *testing.T) {
	shared := []string{module + "/internal/local/cdktest", module + "/internal/local/testenv", module + "/internal/local/walk"}
	for name, needed := range deps(t, "./...") {
		for _, path := range shared {
			if slices.Contains(needed, path) && !slices.Contains(shared, name) {
				t.Errorf("%s needs %s", name, path)
			}
		}
	}
}

func TestEventPatternNeedsTheStandardLibraryAndTheReaderOfJSONAlone(t *testing.T) {
	for _, pattern := range []string{"./eventpattern", "./internal/jsontext"} {
		for name, needed := range deps(t, pattern) {
			for _, path := range needed {
				if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") && path != name && path != module+"/internal/jsontext" {
					t.Errorf("%s needs %s", name, path)
				}
			}
		}
	}
}

// The fixtures of the catalogue are megabytes.
func TestTheLambdaCarriesNoFixtures(t *testing.T) {
	for pattern, want := range map[string]bool{"./functions/...": false, "./cmd/trailbus": true} {
		for name, needed := range deps(t, pattern) {
			if slices.Contains(needed, module+"/rules/catalog") != want {
				t.Errorf("%s needs the fixtures: %v, want %v", name, !want, want)
			}
		}
	}
}

// What decides on findings asks no service.
func TestDoctorDoesNotKnowAWS(t *testing.T) {
	for name, needed := range deps(t, "./internal/inspect/doctor") {
		for _, path := range needed {
			if strings.HasPrefix(path, "github.com/aws/") || path == "net/http" {
				t.Errorf("%s needs %s", name, path)
			}
		}
	}
}
