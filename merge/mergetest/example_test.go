package mergetest_test

import (
	"fmt"
	"os"
	"path/filepath"

	"vgit/merge/mergetest"
)

// The files of a case, for a program that merges files.
func ExampleCase_Dump() {
	cases, err := mergetest.Load("../testdata")
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "case")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	names, err := cases[0].Dump(dir)
	fmt.Println(cases[0].Title, err)
	for _, role := range []string{"local", "base", "remote", "remote-base"} {
		fmt.Println(role, filepath.Base(names[role]))
	}
	// Output:
	// another title here, another room there <nil>
	// local local.ics
	// base base.ics
	// remote remote.ics
	// remote-base .
}
