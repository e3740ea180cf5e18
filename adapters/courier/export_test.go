package courier

// Wait returns when nothing is on its way.
func (c *Courier) Wait() { c.running.Wait() }
