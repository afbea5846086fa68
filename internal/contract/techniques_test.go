package contract

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/rules"
)

// Real records of attack techniques, by Stratus Red Team: with what a security team would switch
// on, every technique is posted.
func TestAttackTechniquesArePosted(t *testing.T) {
	data, err := os.ReadFile("../../../shared/data/stratus-dev.jsonl")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the records are not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		packs []string
		least int
	}{
		"recommended alone": {[]string{"recommended"}, 12},
		"a security team's": {[]string{"recommended", "identity", "persistence", "logging", "data-exposure", "network", "organization"}, 18},
	} {
		set, err := rules.NewCatalogSet(test.packs...)
		if err != nil {
			t.Fatal(err)
		}
		s := &Settings{Rules: set, Mutes: &rules.Mutes{}}
		told := map[string]bool{}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var line struct {
				Technique string
				Event     json.RawMessage
			}
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			event, err := cloudtrail.FromRecord(line.Event)
			if err != nil {
				t.Fatal(err)
			}
			event.Record.RecipientAccount = event.Account // some are masked unlike each other
			matched, _, err := s.Judge(event, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			told[line.Technique] = told[line.Technique] || len(matched) > 0
		}
		count := 0
		for technique, is := range told {
			if is {
				count++
			} else {
				t.Logf("%s: %s is not posted", name, technique)
			}
		}
		if len(told) != 18 || count < test.least {
			t.Errorf("%s: %d of %d techniques are posted, want %d of 18", name, count, len(told), test.least)
		}
	}
}
