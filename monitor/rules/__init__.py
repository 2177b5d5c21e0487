"""The rules: one pure file each, naming its clause. A rule sees data, register and clock, no I/O."""
