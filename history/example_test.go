package history_test

import (
	"context"
	"fmt"
	"os"

	"vgit/history"
	"vgit/merge"
	"vgit/repo"
	"vgit/repo/store"
)

// A vdir with one edit, and the log of it.
func ExampleLog() {
	dir, err := os.MkdirTemp("", "vdir")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := oneEdit(dir); err != nil {
		fmt.Println(err)
		return
	}

	o := history.Options{Path: dir, Layout: repo.Layout{Ext: ".ics"}, Limit: 20, Words: &merge.Wording{}}
	err = history.Log(context.Background(), o, func(e history.Entry) bool {
		fmt.Println(e.Kind, "from", e.From)
		for _, d := range e.Items {
			fmt.Println(" ", d)
		}
		return true
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// edit from here
	//   + todo Dentist  work/dentist.ics
}

func oneEdit(dir string) error {
	s, err := store.Init(dir, store.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	g := s.Stage()
	body := g.AddBlob([]byte(event("d", "Dentist")))
	work, err := g.AddTree([]store.Entry{{Name: "dentist.ics", Mode: store.ModeFile, Hash: body}})
	if err != nil {
		return err
	}
	top, err := g.AddTree([]store.Entry{{Name: "work", Mode: store.ModeDir, Hash: work}})
	if err != nil {
		return err
	}
	commit, err := g.AddCommit(store.Commit{Tree: top, Author: vgit, Committer: vgit, Message: "edit work: 1 added\n"})
	if err != nil {
		return err
	}
	release, err := g.Keep(context.Background())
	if err != nil {
		return err
	}
	defer release()
	return s.Update("vgit: edit", store.RefChange{Name: repo.MainRef, New: commit})
}
