// `npm start`: the demonstration. It is an example like the others and lives with its job.

import '../examples/flight-delays/demo.ts'
