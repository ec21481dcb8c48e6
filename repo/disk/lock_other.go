//go:build !unix || solaris || illumos || aix

package disk

import (
	"errors"
	"os"
)

func flock(*os.File) error { return errors.ErrUnsupported }

func funlock(*os.File) error { return nil }

// syncDir: these systems do not open directories for that.
func syncDir(*os.File) error { return nil }
