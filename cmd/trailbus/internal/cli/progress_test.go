package cli

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgressStandsBelowWhatIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, other strings.Builder
		var n atomic.Int32
		l := NewProgress(&out, 2*time.Second, func() string { n.Add(1); return strings.Repeat("x", int(n.Load())) })
		time.Sleep(2*time.Second - time.Millisecond)
		l.Above(&out).Write([]byte("early\n"))
		time.Sleep(2 * time.Millisecond)
		l.Above(&out).Write([]byte("later\n"))
		l.Above(&out).Write([]byte("more\n"))
		time.Sleep(refreshInterval)
		l.Above(&other).Write([]byte("elsewhere\n"))
		time.Sleep(refreshInterval)
		l.Stop()
		want := "early\n" + eraseLine + "x" + eraseLine + "later\n" + "more\n" + eraseLine + "xx" + eraseLine + eraseLine + "xxx" + eraseLine
		if out.String() != want || other.String() != "elsewhere\n" {
			t.Errorf("got  %q and %q\nwant %q", out.String(), other.String(), want)
		}
	})
}

func TestProgressThatEndsEarlyIsNotShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		l := NewProgress(&out, time.Second, func() string { return "x" })
		time.Sleep(time.Second - 1)
		l.Stop()
		if out.String() != "" {
			t.Errorf("got %q", out.String())
		}
	})
}

func TestBar(t *testing.T) {
	for done, want := range map[float64]int{-1: 0, 0: 0, 0.5: 10, 0.999: 19, 1: 20, 2: 20} {
		if bar := Bar(done); strings.Count(bar, "█") != want || len([]rune(bar)) != 20 {
			t.Errorf("%v: %q, want %d of 20", done, bar, want)
		}
	}
}
