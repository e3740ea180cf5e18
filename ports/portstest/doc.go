// Package portstest contains the contract of each port as a test suite. An
// adapter is correct when it passes the suites of its ports. Only tests import
// this package.
//
// # How to use a suite
//
// A suite is a function named after its port. Call it in a test of the adapter
// with a function that opens a new, empty adapter for each requirement:
//
//	func TestClock(t *testing.T) {
//		portstest.Clock(t, func(*testing.T) ports.Clock { return system.Clock{} })
//	}
//
// Close what this function has opened with t.Cleanup. The suites need:
//
//   - [Clock], [Hasher], [Tokens], [Limiter], [Live], [CancelSignals] and [Wakeups]:
//     only the adapter. [WakeupsInSynctest] runs [Wakeups] with a fake clock.
//   - [Storage]: all ports of a store, see [Stores]. A wrapper around a store
//     runs only the suites of the ports that it implements, for example [Rooms].
//   - [RoomVersions]: what two processes share, and the stores of one of them.
//   - [LLM] and [SMS]: a fake server that speaks the provider's protocol, and does
//     for each call what the script of the suite says.
//   - [Payments] and [Webhooks]: functions that act as the customer and as the
//     provider, see [PaymentsRig] and [WebhooksRig]. [FuzzEvent] is a fuzz test.
//   - a real Postgres or Redis: [Infrastructure] returns its URL. It skips the test
//     if the environment variable is not set, and fails the test if CI=true.
package portstest
