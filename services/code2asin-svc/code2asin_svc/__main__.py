import gc

# Nothing that is imported is garbage; looking for some among it takes a seventh of the start.
gc.disable()

from code2asin_svc.main import main  # noqa: E402

main()
