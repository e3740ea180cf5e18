package rig

import (
	"slices"
	"strings"
)

const (
	maxRemarkable = 20  // lines
	maxLatest     = 5   // lines
	maxLineBytes  = 300 // of each line
)

// digest returns a part of a log that is short enough for the output of a failed test: the last
// lines that are warnings, errors or not JSON, such as a panic, and the last lines of all.
func digest(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	for i, line := range lines {
		lines[i] = line[:min(len(line), maxLineBytes)]
	}
	split := max(0, len(lines)-maxLatest)
	remarkable := slices.DeleteFunc(slices.Clone(lines[:split]), isRoutine)
	remarkable = remarkable[max(0, len(remarkable)-maxRemarkable):]
	return strings.Join(append(remarkable, lines[split:]...), "\n")
}

// isRoutine reports whether a line is JSON with the level DEBUG or INFO.
func isRoutine(line string) bool {
	return strings.Contains(line, `"level":"INFO"`) || strings.Contains(line, `"level":"DEBUG"`)
}
