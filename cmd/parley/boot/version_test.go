package boot

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	commit := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "5b16b73"}}
	for want, info := range map[string]debug.BuildInfo{
		"v0.2.0":  {Main: debug.Module{Version: "v0.2.0"}, Settings: commit},
		"5b16b73": {Main: debug.Module{Version: "(devel)"}, Settings: commit},
		"devel":   {Main: debug.Module{Version: "(devel)"}},
	} {
		if got := version(&info); got != want {
			t.Errorf("version of %+v = %s, want %s", info.Main, got, want)
		}
	}
	if Version() == "" {
		t.Error("the running program has no version")
	}
}
