package item_test

import (
	"fmt"

	"vgit/repo/item"
)

func ExampleParse() {
	it := item.Parse([]byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:e0@example.com\r\nSUMMARY:Planning\\, again\r\n" +
		"DTSTART;TZID=Europe/Berlin:20260302T100000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
	fmt.Println(it.State(), it.Component(), it.UID())
	fmt.Println(it.When(), it.Summary())
	start := it.Master().Leaf("DTSTART")
	fmt.Println(start.Param("TZID"), start.Value())
	fmt.Printf("%q\n", start.Raw)
	// Output:
	// sound VEVENT e0@example.com
	// 2026-03-02 10:00 Planning, again
	// Europe/Berlin 20260302T100000
	// "DTSTART;TZID=Europe/Berlin:20260302T100000\r\n"
}
