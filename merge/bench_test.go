package merge_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/repo/item"
)

// series is an event with many overrides, as a weekly meeting of some years looks like.
func series(overrides int) []byte {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//vgit//test//EN\r\n" + crlf(berlinZone))
	one := func(extra string) {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:series@example.com\r\nDTSTAMP:20260101T000000Z\r\nCREATED:20260101T000000Z\r\n"+
			"LAST-MODIFIED:20260101T000000Z\r\nSEQUENCE:1\r\n%sSUMMARY:Planning\r\nDESCRIPTION:Line 1\\nLine 2\r\nLOCATION:Room 1\r\n"+
			"ORGANIZER;CN=Ann:mailto:ann@example.com\r\nATTENDEE;CN=Bob;RSVP=TRUE;PARTSTAT=ACCEPTED:mailto:bob@example.com\r\n"+
			"TRANSP:OPAQUE\r\nSTATUS:CONFIRMED\r\nEND:VEVENT\r\n", extra)
	}
	const zone = ";TZID=Europe/Berlin:"
	one("DTSTART" + zone + "20260302T100000\r\nDTEND" + zone + "20260302T110000\r\nRRULE:FREQ=DAILY\r\n")
	for i := range overrides {
		day := fmt.Sprintf("2026%02d%02d", 4+i/28, 1+i%28)
		one("RECURRENCE-ID" + zone + day + "T100000\r\nDTSTART" + zone + day + "T120000\r\nDTEND" + zone + day + "T130000\r\n")
	}
	b.WriteString("END:VCALENDAR\r\n")
	return []byte(b.String())
}

// The figure of design 12: an event with 50 overrides, parsing included.
func BenchmarkCompare50Overrides(b *testing.B) {
	body := series(50)
	respelt := newRespeller(2).respell(item.Parse(body))
	for _, other := range []struct {
		name string
		body []byte
	}{
		{"one edit", []byte(strings.Replace(string(body), "PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED", 1))},
		{"respelt", respelt},
		{"same bytes", body},
	} {
		b.Run(other.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				merge.Compare(item.Parse(body), item.Parse(other.body))
			}
		})
	}
}

func BenchmarkDiff50Overrides(b *testing.B) {
	body := series(50)
	edited := []byte(strings.ReplaceAll(string(body), "Room 1", "Room 2"))
	b.ReportAllocs()
	for b.Loop() {
		merge.Diff(item.Parse(body), item.Parse(edited))
	}
}

// A merge of what usually meets: an event, both sides edited.
func BenchmarkReconcile(b *testing.B) {
	base := meeting
	ours := replace(base, "SUMMARY:", "SUMMARY:Our ")
	theirs := replace(base, "PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED")
	many := string(series(50))
	plain := crlf(contact)
	photo := replace(plain, "END:VCARD", "PHOTO;ENCODING=b;TYPE=JPEG:"+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("0123456789abcde"), 10_000))+"\r\nEND:VCARD")
	for _, r := range []struct{ name, base, ours, theirs string }{
		{"event", base, ours, theirs},
		{"card", plain, replace(plain, "+49 170 1234567", "+49 170 7654321"), replace(plain, "Likes tea", "Likes tea\\nand cake")},
		{"photo of 200 KB", photo, replace(photo, "+49 170 1234567", "+49 170 7654321"), replace(photo, "Likes tea", "Likes tea\\nand cake")},
		{"50 overrides", many, strings.Replace(many, "PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED", 1), strings.Replace(many, "Room 1", "Room 2", 1)},
	} {
		b.Run(r.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				it := item.Parse([]byte(r.base))
				v := merge.Versions{L0: it, R0: it, L1: item.Parse([]byte(r.ours)), R1: item.Parse([]byte(r.theirs))}
				if r := merge.Reconcile(v, merge.Context{}); r.Send != merge.Put {
					b.Fatal(r.Conflicts)
				}
			}
		})
	}
}
