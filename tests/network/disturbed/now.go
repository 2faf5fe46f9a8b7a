
// Now returns the current time in UTC, off by HEFU_CLOCK_OFFSET_S seconds.
func Now() time.Time {
	offset, _ := strconv.Atoi(os.Getenv("HEFU_CLOCK_OFFSET_S"))
	return Canonical(time.Now().Add(time.Duration(offset) * time.Second))
}
