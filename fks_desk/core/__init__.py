"""Hold the domain: values, messages, ports and rules that know no tool."""
