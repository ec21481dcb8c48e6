package main

import "testing"

// BenchmarkUndo takes back a sync that received the wipe of a collection of 5,000, as the whole process: the plan, the files and the commit.
// The next sync is no part of it.
func BenchmarkUndo(b *testing.B) {
	w := newBench(b, tools()[0], 1, 5000)
	w.ask("sync")
	w.colls[0].Wipe()
	w.ask("sync", "--allow-deletes", "5000")
	w.cpu = 0
	for i := 0; b.Loop(); i++ {
		if i > 0 { // and then the undo of that
			b.StopTimer()
			cpu := w.cpu
			w.ask("undo", "-y")
			w.cpu = cpu
			b.StartTimer()
		}
		w.ask("undo", "-y")
	}
	b.ReportMetric(float64(w.cpu.Milliseconds())/float64(b.N), "cpu-ms/op")
}
