package message

import (
	"bytes"
	"testing"
)

// Two groups merged are what one group of all would be.
func TestMerge(t *testing.T) {
	all := storm(t, 60)
	want := grouped(all)
	for _, at := range []int{1, 30, 59} {
		early, late := grouped(all[:at]), grouped(all[at:])
		before := string(mustJSON(t, early))
		got := early.Merge(late)
		if !bytes.Equal(mustJSON(t, got), mustJSON(t, want)) {
			t.Errorf("cut at %d: got %s, want %s", at, got.Terminal(false), want.Terminal(false))
		}
		if string(mustJSON(t, early)) != before {
			t.Error("the earlier one has changed")
		}
	}
	late := grouped(all[1:2])
	late.Again = true
	if !grouped(all[:1]).Merge(late).Again {
		t.Error("it is forgotten that there was a message before")
	}
}
