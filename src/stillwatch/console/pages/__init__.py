"""The pages, by subject. `ROUTERS` in `stillwatch.console.app` lists them all."""
