package app

import (
	"cmp"
	"runtime/debug"
	"strings"
)

// Version is the program's: the commit it was built from, or the module's version; never empty.
func Version() string {
	const unknown = "unknown"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknown
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && len(setting.Value) >= 12 {
			return setting.Value[:12]
		}
	}
	return cmp.Or(strings.Trim(info.Main.Version, "()"), unknown)
}
