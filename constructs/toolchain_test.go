package trailbus

import (
	"os"
	"regexp"
	"testing"
)

// Another toolchain writes other bytes, and an update of the one in go.mod must reach the Lambda.
func TestTheLambdaIsCompiledByTheToolchainOfTheModule(t *testing.T) {
	gomod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^toolchain (\S+)$`).FindSubmatch(gomod)
	if found == nil {
		t.Fatal("go.mod has no toolchain line")
	}
	if string(found[1]) != notifierToolchain {
		t.Errorf("the Lambda is compiled by %s, and go.mod says %s", notifierToolchain, found[1])
	}
	module := regexp.MustCompile(`(?m)^module (\S+)$`).FindSubmatch(gomod)
	if module == nil || string(module[1]) != modulePath {
		t.Errorf("the module is %s, and go.mod says %s", modulePath, module)
	}
}
