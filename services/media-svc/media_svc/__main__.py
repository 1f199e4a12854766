from media_svc.main import main

main()
