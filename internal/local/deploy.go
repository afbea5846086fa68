package local

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

// StartAWS starts the local AWS, installing it first where it is missing, and puts the Slack
// webhooks into the secret.
func (r *Deployment) StartAWS(ctx context.Context) error {
	python, err := localaws.Find(ctx, r.CacheDir)
	if errors.Is(err, localaws.ErrNoMoto) {
		python, err = localaws.Install(ctx, r.CacheDir, r.Log)
	}
	if err != nil {
		return err
	}
	var accounts []string
	for _, account := range r.Config.Accounts {
		accounts = append(accounts, account.ID)
	}
	organization := localaws.Organization{ID: r.Config.Organization, Accounts: accounts}
	if set := r.Config.StackSet; set != nil {
		organization.Management, organization.Root = r.Config.Management, set.Units[0]
		organization.DelegatedAdministrators = []string{r.Config.Central.Account}
	}
	r.AWS, err = localaws.Start(ctx, localaws.Options{Python: python, Log: r.Log, Organization: organization})
	if err != nil {
		return err
	}
	central, err := r.AWS.Config(ctx, r.Config.Central.Account, r.Config.Central.Region)
	if err != nil {
		return err
	}
	webhooks, err := json.Marshal(map[string]string{"default": r.Slack.URL("default"), "urgent": r.Slack.URL("urgent")})
	if err != nil {
		return err
	}
	_, err = secretsmanager.NewFromConfig(central).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String(r.Config.Slack.Secret), SecretString: aws.String(string(webhooks)),
	})
	return err
}

// Compile builds the programs, unless Binaries has them.
func (r *Deployment) Compile(ctx context.Context) error {
	if r.Binaries != "" {
		return nil
	}
	r.Binaries = r.Temp
	return Compile(ctx, r.Dir, r.Binaries, r.Log)
}

// Compile builds the CDK app, so that each cdk command starts at once, and the notifier for this
// machine: the one that is deployed is for arm64. source is the folder of Trailbus' source.
func Compile(ctx context.Context, source, folder string, log io.Writer) error {
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

// BootstrapBinary is the path of the compiled notifier.
func (r *Deployment) BootstrapBinary() string { return filepath.Join(r.Binaries, notifierBinary) }

// CDKOut is the folder of the cloud assembly.
func (r *Deployment) CDKOut() string { return filepath.Join(r.Temp, "cdk.out") }

// OutputsFile is the path of the outputs of the stacks.
func (r *Deployment) OutputsFile() string { return filepath.Join(r.Temp, "outputs.json") }

// Environments are the accounts, each with its Regions, that cdk deploys stacks to: those of a
// stack set need no preparation.
func (r *Deployment) Environments() []config.Account {
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
	names := r.Config.AccountNames()
	for _, d := range r.Config.Stacks() {
		add(d.Account, d.Name, d.Region)
	}
	add(r.Config.Central.Account, names[r.Config.Central.Account], r.Config.Central.Region)
	if r.Config.StackSet != nil {
		account, region := r.Config.StackSetHome()
		add(account, names[account], region)
	}
	if r.Config.Trail == config.TrailCreate {
		account, region := r.Config.TrailHome()
		add(account, names[account], region)
	}
	return all
}

// ExecutionPolicy is what CloudFormation may do in a bootstrapped account.
const ExecutionPolicy = "arn:aws:iam::aws:policy/AdministratorAccess"

// bootstrap prepares an account's Regions, trusting the central account to deploy to them.
func (r *Deployment) bootstrap(ctx context.Context, account config.Account) error {
	args := []string{"bootstrap"}
	for _, region := range account.Regions {
		args = append(args, "aws://"+account.ID+"/"+region)
	}
	args = append(args, "--trust", r.Config.Central.Account,
		"--cloudformation-execution-policies", ExecutionPolicy)
	return r.CDK(ctx, account.ID, args...)
}

// Deploy runs cdk deploy --all.
func (r *Deployment) Deploy(ctx context.Context) error {
	return r.CDK(ctx, r.Config.Central.Account, "deploy", "--all", "--require-approval", "never",
		"--concurrency", "4", "--outputs-file", r.OutputsFile())
}

// Diff runs cdk diff, which fails where the deployed stacks differ from the app.
func (r *Deployment) Diff(ctx context.Context) error {
	return r.CDK(ctx, r.Config.Central.Account, "diff", "--fail")
}

// CDK runs the CDK command on the app with the credentials of an account of the local AWS.
func (r *Deployment) CDK(ctx context.Context, account string, args ...string) error {
	return r.CDKCommand(ctx, account, append(args, "--app", filepath.Join(r.Binaries, appBinary), "--output",
		r.CDKOut())...)
}

// CDKCommand runs the CDK command with these arguments only.
func (r *Deployment) CDKCommand(ctx context.Context, account string, args ...string) error {
	bin := filepath.Join(r.Dir, "node_modules", ".bin")
	name := "cdk"
	if runtime.GOOS == "windows" {
		name = "cdk.cmd"
	}
	env, err := r.AWS.Env(ctx, account, r.Config.Central.Region)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
		return fmt.Errorf("the CDK command is missing, run: npm ci")
	}
	command := exec.CommandContext(ctx, filepath.Join(bin, name), append(args, "--ci")...)
	command.Dir, command.Stdout, command.Stderr = r.Dir, r.Log, r.Log
	command.Env = append(os.Environ(), env...)
	command.Env = append(command.Env, r.Env...)
	command.Env = append(command.Env,
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), // the pinned Node.js
		"TRAILBUS_CONFIG="+filepath.Join(r.Temp, config.File),
	)
	if err := command.Run(); err != nil {
		return fmt.Errorf("cdk %s: %w", args[0], err)
	}
	return nil
}

// Outputs are those of the central stack.
func (r *Deployment) Outputs() (map[string]string, error) {
	data, err := os.ReadFile(r.OutputsFile())
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
