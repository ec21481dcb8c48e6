package merge_test

import (
	"fmt"

	"vgit/merge"
	"vgit/repo/item"
)

// A server sorted and refolded an event, and somebody moved it: one change is left.
func ExampleDiff() {
	before := item.Parse([]byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:e0\r\nSUMMARY:Planning\r\n" +
		"DTSTART:20260302T100000Z\r\nDTSTAMP:20260101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
	after := item.Parse([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTAMP:20260102T000000Z\nDTSTART:20260302T120000Z\n" +
		"SUMMARY:Plan\n ning\nUID:e0\nEND:VEVENT\nEND:VCALENDAR\n"))
	for _, c := range merge.Diff(before, after) {
		fmt.Printf("%v: %s: %s -> %s\n", c.Strength, c.Slot, c.Old, c.New)
	}
	fmt.Println(merge.Compare(before, after))
	// Output:
	// bookkeeping: dtstamp: 20260101T000000Z -> 20260102T000000Z
	// strong: time: 20260302T100000Z -> 20260302T120000Z
	// strong
}
