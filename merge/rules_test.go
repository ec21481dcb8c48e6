package merge_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vgit/merge"
	"vgit/merge/mergetest"
)

// Further cases of the rules of calendars: who may say what, series, and properties that hang together. Merged once more, each comes
// to the same (M8).
func TestRules(t *testing.T) {
	t.Parallel()
	cases, err := mergetest.Load("testdata/rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%d", c.Number), func(t *testing.T) {
			result := merge.Reconcile(versionsOf(c), contextOf(c))
			wrong := judge(c, result)
			if c.Outcome == "clean" && len(result.Notes) > 0 {
				wrong = append(wrong, "a note")
			}
			if strings.HasPrefix(c.Besides, "the suggestion names ") && !strings.Contains(result.Conflicts[0].Suggestion, c.Besides[len("the suggestion names "):]) {
				wrong = append(wrong, "no such suggestion")
			}
			if result.Local != nil && c.L1 != nil {
				v := versionsOf(c)
				v.L1 = itemOf(result.Local)
				again := merge.Reconcile(v, contextOf(c))
				if string(again.Local) != string(result.Local) || len(result.Conflicts) == 0 && string(again.Body) != string(result.Body) {
					wrong = append(wrong, fmt.Sprintf("merged once more, another result: %v\n%s\n%s", again.Conflicts, again.Local, again.Body))
				}
			}
			if len(wrong) > 0 {
				t.Errorf("%s\n%s", strings.Join(wrong, "\n"), told(c, result))
			}
		})
	}
}

// The laws of one merge hold for people, too: for the organizer and for guests. M3 leaves them out, as what is the organizer's is not
// symmetric.
func TestLawsOfPeople(t *testing.T) {
	t.Parallel()
	var list []fixture
	for _, f := range fixtures(t) {
		if f.name == "S0" {
			list = append(list, f)
		}
	}
	if len(list) == 0 {
		t.Fatal("no meeting among the fixtures")
	}
	checkLaws(t, func(t *rapid.T) {
		s := drawScene(t, list)
		s = newScene(s.story, s.v, merge.Context{Me: []string{rapid.SampledFrom([]string{"ann@example.com", "bob@example.com"}).Draw(t, "me")}})
		for _, l := range laws {
			if l.name[:3] == "M3 " {
				continue
			}
			if broken := l.hold(s); broken != "" {
				t.Fatalf("%s: %v: %s\n%s", l.name, s.context.Me, broken, s)
			}
		}
	})
}
