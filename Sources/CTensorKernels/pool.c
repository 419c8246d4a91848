int dk_placeholder(void) { return 0; }
