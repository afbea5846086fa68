package state_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/contract/state"
)

// stores are what must behave alike, each fresh for a test.
var stores = map[string]func(testing.TB) state.Store{
	"memory": func(testing.TB) state.Store { return &state.Memory{} },
	"table":  func(t testing.TB) state.Store { return newTable(t) },
}

func eachStore(t *testing.T, test func(*testing.T, state.Store)) {
	for name, fresh := range stores {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

// soon is when a claim ends that lasts through the test; past is when one ended.
func soon() time.Time { return time.Now().Add(time.Hour) }
func past() time.Time { return time.Now().Add(-2 * time.Second) }

// claims checks the results of claims, as "id taken", "id posted" or "id busy".
func claims(t *testing.T, s state.Store, holder string, until time.Time, want ...string) {
	t.Helper()
	words := map[state.Claim]string{state.Taken: "taken", state.Posted: "told", state.Busy: "busy"}
	wanted := map[string]string{}
	var ids []string
	for _, w := range want {
		id, word, _ := strings.Cut(w, " ")
		ids = append(ids, id)
		wanted[id] = word
	}
	got, err := s.Claim(t.Context(), holder, ids, until)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(wanted) {
		t.Errorf("%s claims %q: %d answers", holder, ids, len(got))
	}
	for id, word := range wanted {
		if claim, ok := got[id]; !ok || words[claim] != word {
			t.Errorf("%s claims %q: %s, %v; want %s", holder, id, words[claim], ok, word)
		}
	}
}

func confirm(t *testing.T, s state.Store, ids ...string) {
	t.Helper()
	if err := s.Confirm(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
}

func release(t *testing.T, s state.Store, holder string, ids ...string) {
	t.Helper()
	if err := s.Release(t.Context(), holder, ids); err != nil {
		t.Fatal(err)
	}
}

func TestAnEventIsClaimedConfirmedAndKnown(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		claims(t, s, "one", soon(), "a taken", "b taken")
		claims(t, s, "two", soon(), "a busy", "b busy", "c taken")
		claims(t, s, "one", soon(), "a taken", "b taken", "c busy") // again
		confirm(t, s, "a")
		claims(t, s, "one", soon(), "a told", "b taken")
		claims(t, s, "two", soon(), "a told", "b busy", "d taken")
		confirm(t, s, "a", "a", "b") // twice, and once more
		claims(t, s, "two", soon(), "a told", "b told", "c taken")
	})
}

func TestAnUnclaimedEventCanBeConfirmed(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		confirm(t, s, "a")
		claims(t, s, "one", soon(), "a told", "b taken")
	})
}

func TestAClaimEnds(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		claims(t, s, "crashed", past(), "a taken", "b taken")
		claims(t, s, "two", soon(), "a taken")
		claims(t, s, "crashed", soon(), "a busy", "b taken")
		claims(t, s, "two", soon(), "b busy")
	})
}

func TestAClaimCanBeMadeLonger(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		claims(t, s, "one", past(), "a taken")
		claims(t, s, "one", soon(), "a taken")
		claims(t, s, "two", soon(), "a busy")
	})
}

func TestOnlyTheHolderReleases(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		claims(t, s, "one", soon(), "a taken", "b taken", "c taken")
		confirm(t, s, "c")
		release(t, s, "two", "a", "b", "c")
		claims(t, s, "two", soon(), "a busy", "b busy", "c told")
		release(t, s, "one", "a", "a", "c", "unheard-of")
		claims(t, s, "two", soon(), "a taken", "b busy", "c told", "unheard-of taken")
	})
}

// An empty name is a holder like another: its claim does not mean that the event was posted.
func TestAHolderWithoutAName(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		claims(t, s, "", soon(), "a taken", "b taken")
		confirm(t, s, "b")
		claims(t, s, "two", soon(), "a busy", "b told")
		release(t, s, "", "a", "b")
		claims(t, s, "two", soon(), "a taken", "b told")
	})
}

func TestNothingIsAskedFor(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		claims(t, s, "one", soon())
		confirm(t, s)
		release(t, s, "one")
		if got, err := s.Load(t.Context(), nil); err != nil || len(got) != 0 {
			t.Errorf("loaded %v, %v", got, err)
		}
	})
}

// Any text can be an id: callers may choose it.
func TestAnyTextIsAnID(t *testing.T) {
	long := strings.Repeat("x", 5000)
	names := []string{"a", "A", "a ", "event#a", "entry#a", "", "é", "e\u0301", "\x00", "\xff", "\xfe", "\ufffd", "\u202e", `"`, ":holder",
		long, long + "y", long[:200], long[:201], strings.Repeat("é", 100), strings.Repeat("é", 101)}
	eachStore(t, func(t *testing.T, s state.Store) {
		for _, name := range names { // one after the other: each must be new
			got, err := s.Claim(t.Context(), "one", []string{name}, soon())
			if err != nil || len(got) != 1 || got[name] != state.Taken {
				t.Fatalf("claim of %.30q: %v, %v", name, got, err)
			}
			confirm(t, s, name)
			if ok, err := s.Save(t.Context(), name, 0, []byte(name), soon()); !ok || err != nil {
				t.Fatalf("save of %.30q: %t, %v", name, ok, err)
			}
		}
		told, err := s.Claim(t.Context(), "two", names, soon())
		if err != nil || len(told) != len(names) {
			t.Fatalf("%d claims, %v; want %d", len(told), err, len(names))
		}
		loaded, err := s.Load(t.Context(), names)
		if err != nil || len(loaded) != len(names) {
			t.Fatalf("%d entries, %v; want %d", len(loaded), err, len(names))
		}
		for _, name := range names {
			if told[name] != state.Posted || string(loaded[name].Data) != name {
				t.Errorf("%.30q: %v, %.30q", name, told[name], loaded[name].Data)
			}
		}
	})
}

// More than fit into one call to DynamoDB.
func TestManyAtOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		const many = 130
		var ids, taken, told []string
		for i := range many {
			id := fmt.Sprint(i)
			ids, taken, told = append(ids, id), append(taken, id+" taken"), append(told, id+" told")
			if ok, err := s.Save(t.Context(), id, 0, []byte(id), soon()); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		claims(t, s, "one", soon(), taken...)
		confirm(t, s, ids...)
		release(t, s, "one", ids...)
		claims(t, s, "two", soon(), told...)
		loaded, err := s.Load(t.Context(), append(ids, ids...))
		if err != nil || len(loaded) != many {
			t.Fatalf("%d entries, %v; want %d", len(loaded), err, many)
		}
		for _, id := range ids {
			if e := loaded[id]; e.Version != 1 || string(e.Data) != id {
				t.Errorf("%s: %+v", id, e)
			}
		}
	})
}

func TestOneOfManyGetsTheClaim(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		const runs = 50
		var wg sync.WaitGroup
		got := make([]state.Claim, runs)
		errs := make([]error, runs)
		begin := make(chan struct{})
		for i := range runs {
			wg.Go(func() {
				<-begin
				var answer map[string]state.Claim
				answer, errs[i] = s.Claim(t.Context(), fmt.Sprint(i), []string{"a"}, soon())
				got[i] = answer["a"]
			})
		}
		close(begin)
		wg.Wait()
		count := map[state.Claim]int{}
		for i, claim := range got {
			if errs[i] != nil {
				t.Fatal(errs[i])
			}
			count[claim]++
		}
		if count[state.Taken] != 1 || count[state.Busy] != runs-1 {
			t.Errorf("%d took it and %d found it busy, want 1 and %d", count[state.Taken], count[state.Busy], runs-1)
		}
	})
}

func save(t *testing.T, s state.Store, key string, version int64, data string, expires time.Time, want bool) {
	t.Helper()
	if ok, err := s.Save(t.Context(), key, version, []byte(data), expires); ok != want || err != nil {
		t.Fatalf("save of version %d of %s: %t, %v; want %t", version, key, ok, err, want)
	}
}

// loads checks an entry. Version 0: there must be none.
func loads(t *testing.T, s state.Store, key string, version int64, data string) {
	t.Helper()
	got, err := s.Load(t.Context(), []string{key, "another"})
	if err != nil {
		t.Fatal(err)
	}
	if version == 0 {
		if len(got) != 0 {
			t.Fatalf("%s is %+v, want none", key, got)
		}
		return
	}
	if e := got[key]; len(got) != 1 || e.Version != version || !bytes.Equal(e.Data, []byte(data)) {
		t.Fatalf("%s is %+v, want version %d of %q", key, got, version, data)
	}
}

func TestAnEntryIsSavedOverWhatWasLoaded(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		loads(t, s, "k", 0, "")
		save(t, s, "k", 1, "no", soon(), false)
		save(t, s, "k", 0, "first", soon(), true)
		loads(t, s, "k", 1, "first")
		save(t, s, "k", 0, "no", soon(), false)
		save(t, s, "k", 2, "no", soon(), false)
		loads(t, s, "k", 1, "first")
		save(t, s, "k", 1, "second", soon(), true)
		save(t, s, "k", 1, "no", soon(), false)
		save(t, s, "k", 2, "", soon(), true)
		loads(t, s, "k", 3, "")
		claims(t, s, "one", soon(), "k taken") // events and entries do not meet
		loads(t, s, "k", 3, "")
	})
}

func TestAnEntryExpires(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		save(t, s, "k", 0, "old", past(), true)
		loads(t, s, "k", 0, "")
		save(t, s, "k", 1, "no", soon(), false) // no such version was loaded
		save(t, s, "k", 0, "new", soon(), true)
		loads(t, s, "k", 1, "new")
		save(t, s, "k", 1, "old", past(), true)
		loads(t, s, "k", 0, "")
	})
}

// Each of many runs adds one, and loads again when another was faster.
func TestNoSaveIsLost(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		const runs = 8
		var wg sync.WaitGroup
		errs := make([]error, runs)
		for i := range runs {
			wg.Go(func() {
				for ok := false; !ok && errs[i] == nil; {
					var loaded map[string]state.Entry
					if loaded, errs[i] = s.Load(t.Context(), []string{"k"}); errs[i] != nil {
						return
					}
					e := loaded["k"]
					ok, errs[i] = s.Save(t.Context(), "k", e.Version, append(e.Data, 'x'), soon())
				}
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		loads(t, s, "k", runs, strings.Repeat("x", runs))
	})
}

// What is loaded or saved is the caller's own.
func TestDataIsCopied(t *testing.T) {
	eachStore(t, func(t *testing.T, s state.Store) {
		data := []byte("data")
		if ok, err := s.Save(t.Context(), "k", 0, data, soon()); !ok || err != nil {
			t.Fatal(ok, err)
		}
		data[0] = 'x'
		loaded, err := s.Load(t.Context(), []string{"k"})
		if err != nil {
			t.Fatal(err)
		}
		loaded["k"].Data[1] = 'x'
		loads(t, s, "k", 1, "data")
	})
}

func TestNothingIsKeptForACallerThatIsGone(t *testing.T) {
	s := newTable(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, claimed := s.Claim(ctx, "one", []string{"a"}, soon())
	_, loaded := s.Load(ctx, []string{"k"})
	_, saved := s.Save(ctx, "k", 0, nil, soon())
	for what, err := range map[string]error{
		"claim": claimed, "confirm": s.Confirm(ctx, []string{"b"}), "release": s.Release(ctx, "one", []string{"a"}), "load": loaded, "save": saved,
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want %v", what, err, context.Canceled)
		}
	}
	claims(t, s, "two", soon(), "a taken", "b taken")
	loads(t, s, "k", 0, "")
}
