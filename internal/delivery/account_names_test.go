package delivery

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fakeAccounts is what can be found out about accounts.
type fakeAccounts struct {
	names, found map[string]string
	external     map[string]bool
	asked        [][]string
	panics       bool
}

func (l *fakeAccounts) Names() (map[string]string, map[string]bool) { return l.names, l.external }

func (l *fakeAccounts) Resolve(_ context.Context, ids []string) bool {
	l.asked = append(l.asked, ids)
	if l.panics {
		panic("a name")
	}
	learned := false
	for _, id := range ids {
		if name, ok := l.found[id]; ok {
			l.names[id], learned = name, true
		}
	}
	return learned
}

const (
	accountC = "333333333333"
	accountD = "444444444444"
)

// Accounts that a batch names by number are asked for together, and only those messages are written
// again.
func TestAccountsOfABatchAreLookedUpTogether(t *testing.T) {
	w := newWorld(t)
	l := &fakeAccounts{names: map[string]string{accountA: "prod"}, found: map[string]string{accountC: "payments"}, external: map[string]bool{}}
	w.Accounts = l
	w.run(t.Context(), t, item("1", createUser("a", accountA)), item("2", createUser("b", accountC)), item("3", createUser("c", accountD)), item("4", "junk"))
	if len(l.asked) != 1 || !slices.Equal(l.asked[0], []string{accountC, accountD}) {
		t.Errorf("asked for %v, want one question for %s and %s", l.asked, accountC, accountD)
	}
	var all []string
	for _, m := range w.slack.posted {
		all = append(all, string(mustJSON(t, m)))
	}
	slack := strings.Join(all, "\n")
	if len(all) != 3 || !strings.Contains(slack, "prod ("+accountA+")") || !strings.Contains(slack, "payments ("+accountC+")") || !strings.Contains(slack, accountD+", ") {
		t.Errorf("%d messages: %s", len(all), slack)
	}
	w.run(t.Context(), t, item("5", createUser("d", accountC)))
	if len(l.asked) != 1 {
		t.Errorf("asked again: %v", l.asked)
	}
}

// A panic about names costs names alone.
func TestAPanicOfAccountsCostsNames(t *testing.T) {
	w := newWorld(t)
	w.Accounts = &fakeAccounts{panics: true}
	if failed := w.run(t.Context(), t, item("1", createUser("a", accountA))); len(failed) > 0 || len(w.slack.posted) != 1 {
		t.Errorf("%v came back, %d posted", failed, len(w.slack.posted))
	}
	if !strings.Contains(w.log.String(), "the names of accounts could not be found out") {
		t.Error(w.log)
	}
}

// Repeats that wait are posted, also when the account has got its name meanwhile.
func TestANameThatComesLaterKeepsRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := &fakeAccounts{names: map[string]string{}, found: map[string]string{}, external: map[string]bool{}}
		w.Accounts = l
		w.run(context.Background(), t, item("1", createUser("a", accountA)))
		carrier := item("2", createUser("b", accountA))
		if failed := w.run(context.Background(), t, carrier, item("3", createUser("c", accountA))); !slices.Equal(failed, []string{"2"}) {
			t.Fatalf("%v came back, want the first repeat", failed)
		}
		time.Sleep(time.Hour / 30)
		l.found[accountA] = "prod"
		w.run(context.Background(), t, carrier)
		if len(w.slack.posted) != 2 {
			t.Fatalf("%d messages, want 2", len(w.slack.posted))
		}
		if last := string(mustJSON(t, w.slack.posted[1])); !strings.Contains(last, "×2 more") {
			t.Errorf("want both repeats in %s", last)
		}
	})
}

// An external account is looked up also where the event that names it is not the first of its kind
// in the batch, and is the one that is shown: because the first was posted before, or goes back to
// the queue and carries it.
func TestAccountsOfTheShownEventAreLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := &fakeAccounts{names: map[string]string{accountA: "prod"}, found: map[string]string{accountC: "payments", accountD: "billing"}, external: map[string]bool{}}
		w.Accounts = l
		naming := func(id, account string) string {
			return strings.Replace(createUser(id, accountA), `"userName":"bob"`, `"userName":"bob","boundary":"arn:aws:iam::`+account+`:policy/p"`, 1)
		}
		w.run(context.Background(), t, item("1", createUser("1", accountA)))
		time.Sleep(firstWindow + time.Second)
		w.run(context.Background(), t, item("1", createUser("1", accountA)), item("2", naming("2", accountC)))
		if len(l.asked) != 1 || !slices.Equal(l.asked[0], []string{accountC}) || len(w.slack.posted) != 2 {
			t.Errorf("asked for %v, %d posted; want one question for %s", l.asked, len(w.slack.posted), accountC)
		}
		w.run(context.Background(), t, item("3", createUser("3", accountA)), item("4", naming("4", accountD)))
		if len(l.asked) != 2 || !slices.Equal(l.asked[1], []string{accountD}) || len(w.slack.posted) != 2 {
			t.Errorf("asked for %v, %d posted; want a second question for %s", l.asked, len(w.slack.posted), accountD)
		}
	})
}

// So it is where the event that is shown comes behind others, because it did something else.
func TestAccountsOfAShownNovelCallAreLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := &fakeAccounts{names: map[string]string{accountA: "prod"}, found: map[string]string{accountC: "payments"}, external: map[string]bool{}}
		w.Accounts = l
		w.run(t.Context(), t, with("1", "harmless"))
		w.run(t.Context(), t, with("2", "harmless"), with("3", "harmless"), with("4", "harmless"), with("5", "arn:aws:iam::"+accountC+":policy/p"))
		if len(l.asked) != 1 || !slices.Equal(l.asked[0], []string{accountC}) || len(w.slack.posted) != 2 {
			t.Errorf("asked for %v, %d posted; want one question for %s", l.asked, len(w.slack.posted), accountC)
		}
	})
}
