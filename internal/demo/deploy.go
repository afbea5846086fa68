package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/local/localaws"
)

// startAWS starts the local AWS, installing it first where it is missing, and puts the Slack webhooks into the secret.
func (r *run) startAWS(ctx context.Context) error {
	python, err := localaws.Find(ctx, r.CacheDir)
	if errors.Is(err, localaws.ErrNoMoto) {
		python, err = localaws.Install(ctx, r.CacheDir, r.log)
	}
	if err != nil {
		return err
	}
	var accounts []string
	for _, account := range r.config.Accounts {
		accounts = append(accounts, account.ID)
	}
	organization := localaws.Organization{ID: r.config.Organization, Accounts: accounts}
	if set := r.config.StackSet; set != nil {
		organization.Management, organization.Root = r.config.Management, set.Units[0]
		organization.DelegatedAdministrators = []string{r.config.Central.Account}
	}
	r.aws, err = localaws.Start(ctx, localaws.Options{Python: python, Log: r.log, Organization: organization})
	if err != nil {
		return err
	}
	central, err := r.aws.Config(ctx, r.config.Central.Account, r.config.Central.Region)
	if err != nil {
		return err
	}
	webhooks, err := json.Marshal(map[string]string{"default": r.slack.URL("default"), "urgent": r.slack.URL("urgent")})
	if err != nil {
		return err
	}
	_, err = secretsmanager.NewFromConfig(central).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String(r.config.Slack.Secret), SecretString: aws.String(string(webhooks)),
	})
	return err
}

// compile builds the binaries, where nobody has done so before.
func (r *run) compile(ctx context.Context) error {
	if r.binaries != "" {
		return nil
	}
	r.binaries = r.temp
	return compile(ctx, r.Dir, r.binaries, r.log)
}

// compile builds the CDK app, so that each cdk command starts at once, and the notifier for this machine: the one that is deployed
// is for arm64. source is the folder of Trailbus' source.
func compile(ctx context.Context, source, folder string, log io.Writer) error {
	for output, program := range map[string]string{appBinary: ".", notifierBinary: "./functions/notifier"} {
		build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(folder, output), program)
		build.Dir, build.Stdout, build.Stderr = source, log, log
		if err := build.Run(); err != nil {
			return fmt.Errorf("go build %s: %w", program, err)
		}
	}
	return nil
}

// The names of the binaries.
const appBinary, notifierBinary = "app", "bootstrap"

func (r *run) app() string             { return filepath.Join(r.binaries, appBinary) }
func (r *run) bootstrapBinary() string { return filepath.Join(r.binaries, notifierBinary) }
func (r *run) cdkOut() string          { return filepath.Join(r.temp, "cdk.out") }
func (r *run) outputsFile() string     { return filepath.Join(r.temp, "outputs.json") }

// environments are the accounts, each with its Regions, that cdk deploys stacks to: those of a stack set need no preparation.
func (r *run) environments() []config.Account {
	var all []config.Account
	add := func(account, name, region string) {
		i := slices.IndexFunc(all, func(a config.Account) bool { return a.ID == account })
		if i < 0 {
			i = len(all)
			all = append(all, config.Account{ID: account, Name: name})
		}
		if !slices.Contains(all[i].Regions, region) {
			all[i].Regions = append(all[i].Regions, region)
		}
	}
	names := r.config.AccountNames()
	for _, d := range r.config.Stacks() {
		add(d.Account, d.Name, d.Region)
	}
	add(r.config.Central.Account, names[r.config.Central.Account], r.config.Central.Region)
	if r.config.StackSet != nil {
		account, region := r.config.StackSetHome()
		add(account, names[account], region)
	}
	if r.config.Trail == config.TrailCreate {
		account, region := r.config.TrailHome()
		add(account, names[account], region)
	}
	return all
}

// executionPolicy is what CloudFormation may do in a bootstrapped account.
const executionPolicy = "arn:aws:iam::aws:policy/AdministratorAccess"

// bootstrap prepares an account's Regions, trusting the central account to deploy to them.
func (r *run) bootstrap(ctx context.Context, account config.Account) error {
	args := []string{"bootstrap"}
	for _, region := range account.Regions {
		args = append(args, "aws://"+account.ID+"/"+region)
	}
	args = append(args, "--trust", r.config.Central.Account,
		"--cloudformation-execution-policies", executionPolicy)
	return r.cdk(ctx, account.ID, args...)
}

func (r *run) deploy(ctx context.Context) error {
	return r.cdk(ctx, r.config.Central.Account, "deploy", "--all", "--require-approval", "never",
		"--concurrency", "4", "--outputs-file", r.outputsFile())
}

// diff fails when what is deployed differs from what the app makes.
func (r *run) diff(ctx context.Context) error {
	return r.cdk(ctx, r.config.Central.Account, "diff", "--fail")
}

// cdk runs the CDK command on the app with the credentials of an account of the local AWS.
func (r *run) cdk(ctx context.Context, account string, args ...string) error {
	return r.cdkCommand(ctx, account, append(args, "--app", r.app(), "--output", r.cdkOut())...)
}

func (r *run) cdkCommand(ctx context.Context, account string, args ...string) error {
	bin := filepath.Join(r.Dir, "node_modules", ".bin")
	name := "cdk"
	if runtime.GOOS == "windows" {
		name = "cdk.cmd"
	}
	env, err := r.aws.Env(ctx, account, r.config.Central.Region)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
		return fmt.Errorf("the CDK command is missing, run: npm ci")
	}
	command := exec.CommandContext(ctx, filepath.Join(bin, name), append(args, "--ci")...)
	command.Dir, command.Stdout, command.Stderr = r.Dir, r.log, r.log
	command.Env = append(os.Environ(), env...)
	command.Env = append(command.Env, r.env...)
	command.Env = append(command.Env,
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), // the pinned Node.js
		"TRAILBUS_CONFIG="+filepath.Join(r.temp, config.File),
	)
	if err := command.Run(); err != nil {
		return fmt.Errorf("cdk %s: %w", args[0], err)
	}
	return nil
}

// outputs are those of the central stack.
func (r *run) outputs() (map[string]string, error) {
	data, err := os.ReadFile(r.outputsFile())
	if err != nil {
		return nil, err
	}
	var stacks map[string]map[string]string
	if err := json.Unmarshal(data, &stacks); err != nil {
		return nil, err
	}
	if outputs := stacks["TrailbusCentral"]; outputs != nil {
		return outputs, nil
	}
	return nil, fmt.Errorf("no outputs of the central stack in %s", data)
}
