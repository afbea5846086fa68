package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// Pipeline is a CodePipeline that deploys Trailbus, and itself, from a repository.
type Pipeline struct {
	// Account is the id of its account.
	// Default: the central account.
	Account string
	// Region is its Region.
	// Default: the central Region.
	Region string
	Source Source
	// Waves deploy the forwarders that are stacks of their own, one wave after the other. Each of
	// their accounts is in one wave.
	Waves []Wave
	// ApproveStackSet requires an approval before the stack set is deployed.
	ApproveStackSet bool
}

// Source is the repository that a pipeline deploys: a [ConnectionSource] or a [CodeCommitSource].
type Source interface{ source() }

// ConnectionSource is a repository of GitHub, GitLab or Bitbucket with a connection of AWS
// CodeConnections.
type ConnectionSource struct {
	ConnectionARN string
	Repository    string // owner/name
	Branch        string
}

// CodeCommitSource is a repository of AWS CodeCommit, in the account and Region of the pipeline.
type CodeCommitSource struct {
	Repository string
	Branch     string
}

func (ConnectionSource) source() {}
func (CodeCommitSource) source() {}

// Wave is a group of accounts whose forwarders are deployed at once.
type Wave struct {
	// Name is the name of the stage, such as canary.
	Name     string
	Accounts []string // ids
	// Approval requires an approval before the wave.
	Approval bool
}

// defaultBranch is deployed if the file names no branch.
const defaultBranch = "main"

// reserved are names that a wave cannot have: the stages of the CDK, of the trail, of the central
// stack and of the stack set, the stack with the pipeline, and two constructs of the CDK beside the
// stages.
var reserved = []string{"Source", "Build", "UpdatePipeline", "Assets", "Trail", "Central", "StackSet", "Pipeline",
	"Role", "Resource"}

func (r *reader) pipeline(v yamldoc.Value, c *Config) *Pipeline {
	at, approve := v.Get("region"), v.Get("approveStackSet")
	p := &Pipeline{
		Account: cmp.Or(accountID(v.Get("account")), c.Central.Account), Region: cmp.Or(region(at), c.Central.Region),
		ApproveStackSet: approve.Bool(),
	}
	if v.Invalid() || !v.Present() {
		return p
	}
	if at.Present() {
		if found := partitionOf(p.Region); found != nil && r.partition != nil && found != r.partition {
			at.Problemf("found Region %s, which is in the partition %s, allowed: a Region of the partition of central.region, %s",
				p.Region, found.name, r.partition.name)
		}
	}
	if v.Get("source").Present() {
		p.Source = r.source(v.Get("source"))
	}
	if approve.Present() && c.StackSet == nil {
		approve.Problemf("approveStackSet is for forwarders: stacksets, allowed: leave it out")
	}
	p.Waves = waves(v.Get("waves"), c)
	return p
}

func (r *reader) source(v yamldoc.Value) Source {
	connection, repository, codeCommit := v.Get("connectionArn"), v.Get("repository"), v.Get("codeCommit")
	branch := cmp.Or(v.Get("branch").Text(), defaultBranch)
	if codeCommit.Present() {
		if connection.Present() || repository.Present() {
			v.Problemf("found codeCommit beside connectionArn or repository, allowed: codeCommit, or connectionArn and repository")
		}
		return CodeCommitSource{Repository: codeCommit.Text(), Branch: branch}
	}
	source := ConnectionSource{ConnectionARN: connection.Text(), Repository: repository.Text(), Branch: branch}
	if !connection.Present() {
		v.Problemf("connectionArn is missing, allowed: the ARN of a connection to GitHub, GitLab or Bitbucket, or codeCommit in its stead")
	} else if r.partition != nil && !strings.HasPrefix(source.ConnectionARN, "arn:"+r.partition.name+":") {
		connection.Problemf("found connectionArn %q, allowed: a connection in the partition of central.region, %s",
			source.ConnectionARN, r.partition.name)
	}
	if !repository.Present() {
		repository.Problemf("repository is missing")
	}
	return source
}

// waves divides the accounts with stacks of their own. By default they are one wave.
func waves(v yamldoc.Value, c *Config) []Wave {
	reader := waveReader{
		c: c, lines: map[string]int{}, names: map[string]int{},
		left: slices.DeleteFunc(slices.Clone(c.Accounts), func(a Account) bool { return c.StackSet.Takes(a.ID) }),
	}
	if !v.Present() {
		if ids := reader.rest(); len(ids) > 0 {
			return []Wave{{Name: "Forwarders", Accounts: ids}}
		}
		return nil
	}
	items := v.Items()
	var waves []Wave
	wrong := v.Invalid()
	for i, item := range items {
		wave, takesRest := reader.wave(item)
		if takesRest {
			if i < len(items)-1 {
				item.Problemf("this wave takes every account that is left, so the waves behind it get none, allowed: as the last one")
			} else if wave.Accounts = reader.rest(); len(wave.Accounts) == 0 && !reader.wrong {
				item.Problemf("the waves before this one take every account, so it gets none, allowed: leave it out")
			}
			reader.left = nil
			reader.wrong = true // nothing can be said about the accounts of a wave after it
		}
		wrong = wrong || item.Invalid()
		waves = append(waves, wave)
	}
	if len(reader.left) > 0 && !wrong && !reader.wrong && len(items) > 0 {
		var names []string
		for _, account := range reader.left {
			names = append(names, account.Name)
		}
		v.Problemf("no wave has the accounts %s, allowed: each account in one wave, or a last wave without accounts, which takes the rest", strings.Join(names, ", "))
	}
	return waves
}

// waveReader reads the waves in order.
type waveReader struct {
	c     *Config
	left  []Account      // that are in no wave yet
	lines map[string]int // of the accounts that are in a wave, by name in lower case
	names map[string]int // of the waves, by name in lower case
	wrong bool           // an account was not found, and that was reported
}

// rest returns the ids of the accounts that are in no wave yet.
func (r *waveReader) rest() []string {
	var ids []string
	for _, account := range r.left {
		ids = append(ids, account.ID)
	}
	return ids
}

func (r *waveReader) wave(item yamldoc.Value) (wave Wave, takesRest bool) {
	if item.Invalid() || !item.Present() {
		r.wrong = true
		return wave, false
	}
	name, accounts := item.Get("name"), item.Get("accounts")
	wave.Name, wave.Approval = name.Text(), item.Get("approval").Bool()
	if name.Present() {
		lower := strings.ToLower(wave.Name)
		taken := slices.ContainsFunc(reserved, func(s string) bool { return strings.EqualFold(s, wave.Name) })
		if first, ok := r.names[lower]; ok {
			name.Problemf("wave %q is given twice, first in line %d", wave.Name, first)
		} else if taken {
			name.Problemf("found wave %q, which every pipeline has already, allowed: another name", wave.Name)
		}
		r.names[lower], _ = name.Position()
	}
	if !accounts.Present() {
		return wave, true
	}
	for _, account := range accounts.Items() {
		if id := r.account(account); id != "" {
			wave.Accounts = append(wave.Accounts, id)
		} else {
			r.wrong = true
		}
	}
	r.wrong = r.wrong || accounts.Invalid()
	return wave, false
}

// account finds an account by its name, and removes it from those that are left.
func (r *waveReader) account(v yamldoc.Value) string {
	text := v.Text()
	name := strings.ToLower(strings.TrimSpace(text))
	if first, ok := r.lines[name]; ok {
		v.Problemf("account %q is given twice, first in line %d", text, first)
		return ""
	}
	if len(r.left) == 0 && r.wrong {
		return ""
	}
	named := func(a Account) bool { return strings.ToLower(a.Name) == name }
	if i := slices.IndexFunc(r.left, named); i >= 0 {
		id := r.left[i].ID
		r.left = slices.DeleteFunc(r.left, named)
		r.lines[name], _ = v.Position()
		return id
	}
	var names []string
	for _, account := range r.c.Accounts {
		if account.Name == "" {
			return "" // this account may have the name
		}
		if named(account) && r.c.StackSet.Takes(account.ID) {
			v.Problemf("account %q gets its forwarders by the stack set, allowed: accounts with stacks of their own", text)
			return ""
		}
		names = append(names, account.Name)
	}
	v.Problemf("found unknown account %q%s, allowed: the names of accounts", text, yamldoc.DidYouMean(text, names))
	return ""
}
