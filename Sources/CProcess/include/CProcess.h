#pragma once

/// The number of arguments of this process, its own name included.
int process_argument_count(void);

/// The argument at a place, as the system passed it to the program.
const char *process_argument(int index);
