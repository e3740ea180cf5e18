//go:build linux

package rig

import "runtime"

// spawner runs functions on one operating system thread that never ends.
var spawner = func() chan func() {
	calls := make(chan func())
	go func() {
		runtime.LockOSThread()
		for call := range calls {
			call()
		}
	}()
	return calls
}()
