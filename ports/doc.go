// Package ports declares the interfaces through which the use cases reach other systems,
// such as the store or the model. Each file has one port. Package portstest has the
// contract of each port as a test suite.
//
// Each method documents the errors that its callers handle. In addition, every method may
// fail with another error when its system does not work or ctx is done. The method has
// then done all of its work or none of it. The error wraps ErrUnavailable when the system
// is known to be unavailable.
package ports

import "errors"

// ErrUnavailable means that a system cannot be reached or does not accept work at the
// moment. A retry a moment later may succeed. Unlike after a fault.Error, the operation
// may have succeeded and only its response may have been lost.
var ErrUnavailable = errors.New("system unavailable")
