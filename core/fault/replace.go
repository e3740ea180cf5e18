package fault

import "errors"

// Replace returns replacement when errors.Is(err, target), and err itself otherwise.
// Use cases call it when the client must see another error than the one of the port.
func Replace(err, target, replacement error) error {
	if errors.Is(err, target) {
		return replacement
	}
	return err
}
